/** When not to believe the prediction: what lies near, how far the zoo is, and what the weights alone say. */
import type { Verdict } from '../../../tasks';
import { useApp } from '../../store';
import '../../styles/trust.css';
import { DomainSection } from './DomainSection';
import { EmbeddingSection } from './EmbeddingSection';
import { loadMappedZoo, usePublished } from './published';
import { QualitySection } from './QualitySection';

export function TrustPanel() {
  const state = useApp((app) => app.verdict);
  const verdict = state.status === 'done' ? state.verdict : undefined;
  return (
    <div className="trust">
      {verdict ? (
        <OfVerdict verdict={verdict} />
      ) : (
        <p className="muted empty">
          {state.status === 'refused'
            ? 'No prediction was made that could be doubted.'
            : 'Comes after the prediction.'}
        </p>
      )}
      <QualitySection verdict={verdict} />
    </div>
  );
}

/** A map of another checkpoint's embeddings says nothing of this one's. */
function OfVerdict({ verdict }: { verdict: Verdict }) {
  const backend = useApp((app) => app.backend);
  const { value: mapped, error } = usePublished(loadMappedZoo);
  if (!backend) return null;
  const isSame = mapped?.map.checkpoint === backend.weightsSum;
  return (
    <>
      <section>
        <h3>Where it lies in the zoo</h3>
        {error && <p className="refusal">{error}</p>}
        {!mapped && !error && <progress aria-label="Loading the zoo’s map" />}
        {mapped && !isSame && (
          <p className="refusal">
            The published map was made with another {mapped.map.metanet} (of {mapped.map.date}) than the one
            that judged this network, so it is not drawn. <code>python -m training.zoo.publish</code> makes a
            new one.
          </p>
        )}
        {mapped && isSame && <EmbeddingSection verdict={verdict} {...mapped} />}
      </section>
      <DomainSection domain={verdict.domain} card={backend.card} mapped={isSame ? mapped : undefined} />
    </>
  );
}
