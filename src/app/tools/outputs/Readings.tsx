/** What changed since the file was opened: the prediction, and the network's outputs, as numbers. */
import { outputDifference } from '../../../workers/output-difference';
import { formatPercent } from '../../format';
import { lastOutputs, useApp } from '../../store';

/** Differences up to these come from rounding: of an accuracy, and of outputs relative to the largest. */
const STILL = 1e-5;
const AGREES = 1e-4;

/** In scientific notation: 2.1e−9. */
export const formatDifference = (value: number) =>
  value === 0 ? '0' : value.toExponential(1).replace('-', '−');

export function Readings() {
  const verdict = useApp((state) => state.verdict);
  const original = useApp((state) => state.original.verdict);
  const outputsState = useApp((state) => state.outputs);
  const outputs = lastOutputs(outputsState);
  const now = verdict.status === 'done' ? verdict.verdict : undefined;
  const change = original && now && Math.abs(now.accuracy - original.accuracy);
  const difference = outputs && outputDifference(outputs.before.outputs, outputs.after.outputs);
  return (
    <dl className="readings" aria-live="polite">
      {original && now && change !== undefined && (
        <Reading
          isSame={change <= STILL}
          name={change <= STILL ? 'Prediction stays' : 'Prediction moves'}
          note={`${formatPercent(original.accuracy)} → ${formatPercent(now.accuracy)}`}
          difference={change}
          testId="prediction-difference"
        />
      )}
      {difference !== undefined && (
        <Reading
          isSame={difference <= AGREES}
          name={difference <= AGREES ? 'Outputs agree' : 'Outputs differ'}
          note="of the largest output"
          isBusy={outputsState.status !== 'done'}
          difference={difference}
          testId="output-difference"
        />
      )}
    </dl>
  );
}

interface ReadingProps {
  readonly isSame: boolean;
  readonly name: string;
  readonly note: string;
  /** Still that of before the last edit. */
  readonly isBusy?: boolean;
  readonly difference: number;
  readonly testId: string;
}

function Reading({ isSame, name, note, isBusy, difference, testId }: ReadingProps) {
  return (
    <div className={isSame ? 'reading same' : 'reading other'} aria-busy={isBusy}>
      <dt>{name}</dt>
      <dd>
        <strong data-testid={testId}>{formatDifference(difference)}</strong>
        <span className="muted small">{note}</span>
      </dd>
    </div>
  );
}
