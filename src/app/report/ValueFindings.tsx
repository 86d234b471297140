/** What is wrong with the open model's numbers: in words, while it is looked for and when it was found. */
import type { NeuronFinding, TensorFinding, ValueCheck } from '../../tasks';
import { formatCount, formatLarge } from '../format';
import { useApp } from '../store';
import { checkValues, stopCheckingValues } from '../value-check';

/** Entries that are shown; the saved report has all. */
const MAX_SHOWN = 12;

export function ValueFindings() {
  const state = useApp((app) => app.valueCheck);
  const edgeCount = useApp((app) => app.model?.graph.edgeCount ?? 0);
  if (state.status === 'running') {
    return (
      <span className="value-check">
        <progress value={state.share} aria-label="Checking the values" />
        <button type="button" className="quiet" onClick={stopCheckingValues}>
          Cancel
        </button>
      </span>
    );
  }
  if (state.status === 'done') return <Findings check={state.check} />;
  return (
    <>
      {state.status === 'failed' && <>could not be checked: {state.reason} </>}
      <button type="button" className="quiet" onClick={() => void checkValues()}>
        Check {formatLarge(edgeCount)} values
      </button>
    </>
  );
}

function Findings({ check }: { check: ValueCheck }) {
  const sentences = [
    ...check.tensors.map(describeTensor),
    ...check.neurons.map(describeNeurons),
    ...check.copies.map(({ name, of }) => `${name} holds the same values as ${of}`),
    ...check.skipped.map((name) => `${name} is too large to be checked`),
  ];
  if (sentences.length === 0) {
    return `nothing odd among ${formatLarge(check.elementCount)}: all finite, no neuron dead or there twice, no tensor copied`;
  }
  const more = sentences.length - MAX_SHOWN;
  return (
    <ul className="findings">
      {sentences.slice(0, MAX_SHOWN).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
      {more > 0 && <li>and {formatCount(more)} more, which the saved report lists</li>}
    </ul>
  );
}

const listed = (parts: readonly (string | false)[]) => parts.filter(Boolean).join(', ');

function describeTensor({ name, nan, infinite, subnormal }: TensorFinding): string {
  return `${name}: ${listed([
    nan > 0 && `${formatCount(nan)} NaN`,
    infinite > 0 && `${formatCount(infinite)} infinite`,
    subnormal > 0 && `${formatCount(subnormal)} subnormal (tiny, with fewer digits)`,
  ])}`;
}

function describeNeurons({ name, count, constant, unread, repeated }: NeuronFinding): string {
  return `${name}: of ${formatCount(count)} neurons ${listed([
    constant > 0 && `${formatCount(constant)} constant (only zeros lead in)`,
    unread > 0 && `${formatCount(unread)} unread (only zeros lead out)`,
    repeated > 0 && `${formatCount(repeated)} the same as another`,
  ])}`;
}
