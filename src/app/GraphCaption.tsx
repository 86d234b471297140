/** What is open, how much of it is on the graph, and the full report one click away. */
import { lazy, Suspense, useState } from 'react';
import { Corrections } from './Corrections';
import { EditBadge } from './edits/EditBadge';
import { formatBytes, formatCount, formatLarge } from './format';
import { HazardBanner } from './HazardBanner';
import { useApp } from './store';
import { TourOffer } from './tour/TourOffer';

// Loaded when it is first opened.
const ReportDialog = lazy(async () => ({ default: (await import('./report/ReportDialog')).ReportDialog }));

export function GraphCaption() {
  const model = useApp((state) => state.model);
  const [isReportOpen, setReportOpen] = useState(false);
  if (!model) {
    return (
      <div className="caption">
        <p className="muted">Drop a model file anywhere, or open a sample.</p>
      </div>
    );
  }
  const { inference } = model.report;
  const { placed, all } = model.graph.parameters;
  const isWhole = placed === all;
  const share = isWhole ? '100' : (Math.floor((1000 * placed) / all) / 10).toFixed(1);
  return (
    <div className="caption">
      <h1>{model.fileName}</h1>
      <p className="muted">
        {formatLarge(model.graph.nodeCount)} nodes · {formatLarge(model.graph.pairCount)} connections ·{' '}
        {formatBytes(model.report.file.byteLength)}
        {model.report.file.producer ? ` · ${model.report.file.producer}` : ''}
      </p>
      <div className="badges">
        <button
          type="button"
          className={`badge ${isWhole ? 'good' : 'warn'}`}
          onClick={() => setReportOpen(true)}
          title="How the file was read"
        >
          {isWhole ? '✓' : '!'} {share} % of {formatCount(all)} parameters placed
        </button>
        {inference && <Corrections inference={inference} />}
        <EditBadge />
        <ValueBadge onOpen={() => setReportOpen(true)} />
      </div>
      <HazardBanner />
      <TourOffer />
      <Suspense>
        {isReportOpen && <ReportDialog onClose={() => setReportOpen(false)} model={model} />}
      </Suspense>
    </div>
  );
}

/** What is wrong with the numbers, in two words; nothing where nothing is. */
function ValueBadge({ onOpen }: { onOpen: () => void }) {
  const state = useApp((app) => app.valueCheck);
  if (state.status !== 'done') return null;
  const { tensors, neurons, copies } = state.check;
  const isBroken = tensors.some(({ nan, infinite }) => nan + infinite > 0);
  const idle = neurons.reduce((total, { constant, unread }) => total + Math.max(constant, unread), 0);
  const repeated = neurons.reduce((total, finding) => total + finding.repeated, 0) + copies.length;
  const text = isBroken
    ? 'NaN or infinite values'
    : idle > 0
      ? `${formatCount(idle)} dead ${idle === 1 ? 'neuron' : 'neurons'}`
      : repeated > 0 && 'repeated values';
  if (!text) return null;
  return (
    <button
      type="button"
      className={`badge ${isBroken ? 'bad' : 'warn'}`}
      onClick={onOpen}
      title="What is odd about its numbers"
    >
      {text}
    </button>
  );
}
