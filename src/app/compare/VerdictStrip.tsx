/** At the top: what the comparison found and what that rests on; or how far it is. */
import { formatDuration } from '../format';
import { Working } from '../Working';
import { alignmentOf, compareStore, useCompare } from './compare-store';
import { compare, stopComparing } from './comparing';
import { verdictWords } from './verdict-words';

export function VerdictStrip() {
  const { left, right, comparison, isAligned } = useCompare((state) => state);
  const alignment = alignmentOf({ comparison });
  return (
    <div className="verdict-strip">
      <div className="verdict-words" aria-live="polite">
        <Words />
      </div>
      {comparison.status === 'running' && (
        <Working doing="Comparing" share={comparison.share} onCancel={stopComparing} />
      )}
      {(comparison.status === 'stopped' || comparison.status === 'failed') && left && right && (
        <button type="button" onClick={() => void compare()}>
          Compare again
        </button>
      )}
      {alignment && (
        <label className="switch" title="Draw the right graph in the order of the left one’s neurons">
          <input
            type="checkbox"
            checked={isAligned}
            onChange={({ target }) => compareStore.setState({ isAligned: target.checked })}
          />
          Aligned
        </label>
      )}
    </div>
  );
}

function Words() {
  const { left, right, comparison } = useCompare((state) => state);
  if (!left || !right) {
    return (
      <>
        <h1>Compare two models</h1>
        <p className="muted">
          The same, but for the order of their neurons? Drop a model here, or choose one. Three or more are
          shown as checkpoints of a training run.
        </p>
      </>
    );
  }
  if (comparison.status === 'failed') {
    return (
      <>
        <h1>They could not be compared</h1>
        <p className="refusal">{comparison.reason}</p>
      </>
    );
  }
  if (comparison.status !== 'done')
    return <h1>{comparison.status === 'stopped' ? 'Stopped' : 'Comparing …'}</h1>;
  const { title, detail, tone } = verdictWords(left.graph, comparison.result);
  const isMatched = comparison.result.kind === 'aligned' && comparison.result.foundBy === 'matching';
  return (
    <>
      <h1 className={tone} data-testid="comparison">
        {title}
      </h1>
      <p className="muted">
        {detail}
        {comparison.result.kind === 'aligned' &&
          ` Found by ${isMatched ? 'matching weights' : 'fingerprints'} in ${formatDuration(comparison.milliseconds)}.`}
      </p>
    </>
  );
}
