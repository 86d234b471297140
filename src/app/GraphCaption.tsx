/** What is open, how much of it is on the graph, and the full report one click away. */
import { lazy, Suspense, useState } from 'react';
import { formatBytes, formatCount, formatLarge } from './format';
import { HazardBanner } from './HazardBanner';
import { useApp } from './store';

// Loaded when it is first opened.
const ReportDialog = lazy(async () => ({ default: (await import('./ReportDialog')).ReportDialog }));

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
  const { placed, all } = model.graph.parameters;
  const isWhole = placed === all;
  const share = isWhole ? '100' : (Math.floor((1000 * placed) / all) / 10).toFixed(1);
  return (
    <div className="caption">
      <h1>{model.fileName}</h1>
      <p className="muted">
        {formatLarge(model.graph.nodeCount)} nodes · {formatLarge(model.graph.pairCount)} connections ·{' '}
        {formatBytes(model.byteLength)}
        {model.producer ? ` · ${model.producer}` : ''}
      </p>
      <button
        type="button"
        className={`badge ${isWhole ? 'good' : 'warn'}`}
        onClick={() => setReportOpen(true)}
        title="How the file was read"
      >
        {isWhole ? '✓' : '!'} {share} % of {formatCount(all)} parameters placed
      </button>
      {model.graph.isInferred && (
        <span
          className="badge warn"
          title="The file holds weights only; their order was guessed from names and shapes"
        >
          connections inferred
        </span>
      )}
      <HazardBanner />
      <Suspense>
        {isReportOpen && <ReportDialog onClose={() => setReportOpen(false)} model={model} />}
      </Suspense>
    </div>
  );
}
