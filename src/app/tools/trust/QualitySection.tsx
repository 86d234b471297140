/** What people measure of weights alone (norms, spectra, WeightWatcher's alpha), of the open network, and what that is worth. */
import { useEffect } from 'react';
import { isMeasured } from '../../../quality';
import type { Verdict } from '../../../tasks';
import { download, withoutEnding } from '../../download';
import { formatLarge } from '../../format';
import { useApp } from '../../store';
import { Working } from '../../Working';
import { LayerTable } from './LayerTable';
import { MeasureTable } from './MeasureTable';
import { cancelMeasuring, measureQuality, useQuality } from './quality';
import { qualityCsv } from './quality-csv';

/** Measured at once where it takes a moment; otherwise on request. */
const MAX_UNASKED_WEIGHTS = 1e6;

export function QualitySection({ verdict }: { verdict: Verdict | undefined }) {
  const model = useApp((state) => state.model);
  const quality = useQuality();
  const weights = (model?.graph.blocks ?? [])
    .filter(isMeasured)
    .reduce((sum, { edgeCount }) => sum + edgeCount, 0);
  const isUnasked = weights > 0 && weights <= MAX_UNASKED_WEIGHTS;
  useEffect(() => {
    if (isUnasked && quality.status === 'none') void measureQuality();
  }, [isUnasked, quality.status]);
  if (!model) return null;
  return (
    <section>
      <h3>What the weights alone say</h3>
      {weights === 0 && <p className="muted small">It has no layer whose weights could be measured.</p>}
      {quality.status === 'running' && (
        <Working
          doing="Measuring the weights"
          share={quality.share}
          onCancel={isUnasked ? undefined : cancelMeasuring}
        />
      )}
      {quality.status === 'failed' && <p className="refusal">{quality.reason}</p>}
      {(quality.status === 'failed' || (quality.status === 'none' && weights > 0 && !isUnasked)) && (
        <p>
          <button type="button" onClick={() => void measureQuality()}>
            Measure {formatLarge(weights)} weights
          </button>
        </p>
      )}
      {quality.status === 'done' && weights > 0 && (
        <>
          <MeasureTable layers={quality.layers} verdict={verdict} />
          <LayerTable layers={quality.layers} model={model} />
          <p>
            <button
              type="button"
              onClick={() =>
                download(
                  `${withoutEnding(model.fileName)}-weights.csv`,
                  qualityCsv(quality.layers),
                  'text/csv',
                )
              }
            >
              Save the layers as CSV
            </button>
          </p>
        </>
      )}
    </section>
  );
}
