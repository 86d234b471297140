/**
 * What was inferred of a file that holds weights only, and the means to correct it: each change reads the file again, and
 * the graph behind follows.
 */
import type { Choice, CorrectionValue, Inference, OrderChoice } from '../network';
import { correct, undoCorrection } from './corrections';
import { Popover } from './Popover';
import { useApp } from './store';

export function Corrections({ inference }: { inference: Inference }) {
  const { current, past } = useApp((state) => state.corrections);
  const isCorrected = Object.keys(current).length > 0;
  const { family, reason, assumptions, choices } = inference;
  return (
    <Popover
      label={isCorrected ? 'connections corrected' : 'connections inferred'}
      className="badge warn"
      title={`${family}. ${reason}.`}
    >
      {() => (
        <div className="corrections">
          <h2>Taken for {family}</h2>
          <p>{reason}. The file holds weights only; what is inferred is drawn dashed.</p>
          {assumptions.length > 0 && (
            <ul className="assumptions">
              {assumptions.map((assumption) => (
                <li key={assumption}>{assumption}.</li>
              ))}
            </ul>
          )}
          {[...choices].sort(orderLast).map((choice) => (
            <ChoiceField
              key={choice.key}
              choice={choice}
              onChange={(value) => void correct(choice.key, value)}
            />
          ))}
          {choices.length > 0 && (
            <p className="buttons">
              <button type="button" disabled={past.length === 0} onClick={() => void undoCorrection()}>
                Undo
              </button>
              <button type="button" disabled={!isCorrected} onClick={() => void correct()}>
                As inferred
              </button>
            </p>
          )}
        </div>
      )}
    </Popover>
  );
}

/** A long list would push the rest out of sight. */
const orderLast = (a: Choice, b: Choice) => Number(a.kind === 'order') - Number(b.kind === 'order');

interface FieldProps<Kind> {
  readonly choice: Kind;
  readonly onChange: (value: CorrectionValue) => void;
}

function ChoiceField({ choice, onChange }: FieldProps<Choice>) {
  if (choice.kind === 'order') return <OrderField choice={choice} onChange={onChange} />;
  const options =
    choice.kind === 'count'
      ? choice.options.map((value) => ({ value: String(value), label: String(value) }))
      : choice.options;
  const isCount = choice.kind === 'count';
  return (
    <label>
      {choice.label}
      <select
        value={String(choice.value)}
        onChange={({ target }) => onChange(isCount ? Number(target.value) : target.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function OrderField({ choice: { label, value }, onChange }: FieldProps<OrderChoice>) {
  const move = (from: number, to: number) => {
    const order = value.filter((_, index) => index !== from);
    onChange([...order.slice(0, to), value[from], ...order.slice(to)]);
  };
  return (
    <details className="order">
      <summary>{label}</summary>
      <ol>
        {value.map((item, index) => (
          <li key={item}>
            <code>{item}</code>
            <button
              type="button"
              className="quiet"
              disabled={index === 0}
              onClick={() => move(index, index - 1)}
              aria-label={`Move ${item} up`}
            >
              ↑
            </button>
            <button
              type="button"
              className="quiet"
              disabled={index === value.length - 1}
              onClick={() => move(index, index + 1)}
              aria-label={`Move ${item} down`}
            >
              ↓
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}
