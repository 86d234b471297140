/** The verdict: predicted accuracy with its interval, whether the network is like the zoo, the truth where it is known. */
import { lazy, Suspense } from 'react';
import type { DomainCheck } from '../tasks';
import { AccuracyGauge } from './AccuracyGauge';
import { describeError, formatDuration, formatPercent } from './format';
import { useTruthNow } from './images/measuring';
import { askZoo, cancelJudging, judge } from './judging';
import { MetanetCard } from './MetanetCard';
import { changesOf, isSettled, lastVerdict, useApp } from './store';
import { Working } from './Working';

// The verdict comes first.
const TrueAccuracy = lazy(async () => ({ default: (await import('./images/TrueAccuracy')).TrueAccuracy }));
const OtherMetanets = lazy(async () => ({ default: (await import('./OtherMetanets')).OtherMetanets }));

export function VerdictPanel() {
  const state = useApp((app) => app.verdict);
  const known = useApp((app) => app.model?.known);
  const card = useApp((app) => app.backend?.card);
  const isChanged = useApp((app) => changesOf(app).length > 0);
  const isEdited = useApp(({ edits }) => edits.edits.length > 0);
  const measured = useTruthNow();
  const isOld = !isSettled(state);
  const verdict = lastVerdict(state);
  // What the file says of its accuracy is not true of a changed network.
  const truth = measured?.accuracy ?? (isChanged ? undefined : known?.accuracy);
  return (
    <section className="verdict" aria-label="Verdict" aria-busy={!isSettled(state)}>
      <h2>Predicted accuracy</h2>
      {state.status === 'running' && !(state.before && state.share === 0) && (
        <Working doing="Judging the network" share={state.share} onCancel={cancelJudging}>
          <span className="muted small">{remaining(state.share, performance.now() - state.since)}</span>
        </Working>
      )}
      {(state.status === 'refused' || state.status === 'cancelled') && (
        <p className="refusal">
          {state.status === 'refused' ? state.reason : 'Stopped.'}{' '}
          <button type="button" className="quiet" onClick={() => void judge()}>
            Judge again
          </button>
        </p>
      )}
      {verdict && (
        <>
          <DomainNotice domain={verdict.domain} />
          <p
            className={`accuracy ${verdict.domain.isInside ? '' : 'doubtful'} ${isOld ? 'old' : ''}`}
            data-testid="accuracy"
          >
            {formatPercent(verdict.accuracy)}
            <span className="range">
              {formatPercent(verdict.low)} – {formatPercent(verdict.high)}
            </span>
          </p>
          <AccuracyGauge verdict={verdict} known={truth} zoo={card?.accuracies ?? []} />
          {known && (
            <p className="known">
              True accuracy on {known.dataset}
              {isEdited && ', before the edits'}: <strong>{formatPercent(known.accuracy)}</strong>
              {!isEdited && (
                <span className="muted"> ({describeError(verdict.accuracy - known.accuracy)})</span>
              )}
            </p>
          )}
          <Suspense>
            <TrueAccuracy predicted={verdict.accuracy} />
          </Suspense>
          {state.status === 'done' && state.notice && <p className="refusal">{state.notice}</p>}
          <p className="muted small">
            {card && `${Math.round(100 * card.interval.coverage)} % interval`}
            {card?.edited && isChanged && ', as for edited networks'} ·{' '}
            {verdict.computedOn === 'gpu' ? 'GPU' : 'CPU'}, {formatDuration(verdict.milliseconds)}
          </p>
        </>
      )}
      {verdict && (
        <Suspense>
          <OtherMetanets verdict={verdict} known={truth} />
        </Suspense>
      )}
      {card && <MetanetCard card={card} />}
    </section>
  );
}

/** Said only when there is something to wait for, and enough done to tell. */
function remaining(share: number, elapsed: number): string {
  const left = (elapsed * (1 - share)) / share;
  return share < 0.02 || left < 2000 ? '' : `about ${formatDuration(left)} left`;
}

/** The zoo whose metanets speak: that which the network resembles, or another that a person wants to hear. */
function ZooChoice() {
  const zoos = useApp((app) => app.zoos);
  const zoo = useApp((app) => app.backend?.zoo);
  return (
    <select
      aria-label="Zoo"
      className="zoo-choice"
      value={zoo}
      onChange={({ target }) => askZoo(target.value)}
    >
      {zoos.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function DomainNotice({ domain: { isInside, reasons } }: { domain: DomainCheck }) {
  // One form for both: the choice of a zoo keeps the focus, whatever comes of it.
  return (
    <div className={isInside ? 'domain inside' : 'domain outside'} role={isInside ? undefined : 'note'}>
      <span className="likeness">
        {isInside && <span aria-hidden="true">✓ </span>}
        {isInside ? 'Resembles the zoo ' : 'Unlike anything in the zoo '}
        <ZooChoice />
      </span>
      {!isInside && <span>The number below means little: {reasons.join('; ')}.</span>}
    </div>
  );
}
