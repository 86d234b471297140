/** Which metanet speaks, what it has learned from, and how well it does on networks it has not seen. */
import type { Card } from '../metanets/card';
import { formatCount, formatPercent } from './format';
import { exportMetanet } from './judging';

export function MetanetCard({ card }: { card: Card }) {
  const { rounds, width, globalFeatures } = card.config;
  return (
    <details className="card">
      <summary>
        {card.name} · held-out R² {card.test.r2.toFixed(3)} · τ {card.test.tau.toFixed(3)}
      </summary>
      <dl className="facts">
        <dt>Metanet</dt>
        <dd>
          graph metanetwork, {rounds} rounds of message passing, width {width}
          {globalFeatures > 0 && `, and ${globalFeatures} numbers of how the weights are arranged`}
        </dd>
        <dt>Task</dt>
        <dd>test accuracy on {card.task.dataset}</dd>
        <dt>Zoo</dt>
        <dd>{card.zoo}</dd>
        <dt>Learned from</dt>
        <dd>{formatCount(card.networks.train)} networks</dd>
        <dt>Tested on</dt>
        <dd>
          {formatCount(card.networks.test)} networks of other training runs: mean error{' '}
          {(100 * card.test.meanAbsoluteError).toFixed(1)} points; the{' '}
          {Math.round(100 * card.interval.coverage)} % interval holds{' '}
          {formatPercent(card.interval.testCoverage)} of them, each tenth by the width from the other nine
        </dd>
        {card.edited && (
          <>
            <dt>After edits</dt>
            <dd>
              {formatCount(card.edited.networks.test)} of these, pruned, noisy, quantised and so on: mean
              error {(100 * card.edited.test.meanAbsoluteError).toFixed(1)} points; their own interval holds{' '}
              {formatPercent(card.edited.interval.testCoverage)}
            </dd>
          </>
        )}
        <dt>Made</dt>
        <dd>{card.date}</dd>
      </dl>
      <button type="button" onClick={() => void exportMetanet()}>
        Save as ONNX
      </button>
      <p className="muted small">
        The metanet for files of the open one’s form: their tensors go in, the accuracy comes out.
      </p>
    </details>
  );
}
