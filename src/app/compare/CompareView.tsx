/** The Compare view, over the whole page: two models side by side, or the checkpoints of a training run. */
import { lazy, Suspense, useEffect, useRef } from 'react';
import { namesOtherComparison } from '../address';
import { BackToGraph } from '../BackToGraph';
import { useApp } from '../store';
import '../zoo/styles/chart.css';
import '../zoo/styles/table.css';
import '../styles/compare.css';
import { CompareNotices } from './CompareNotices';
import { beginComparing } from './choosing';
import { endPredicting } from './compare-client';
import { useCompare } from './compare-store';
import { PairView } from './PairView';
import { stopPredicting } from './predictions';
import { VerdictStrip } from './VerdictStrip';

// Most come for two models.
const SeriesView = lazy(async () => ({ default: (await import('./SeriesView')).SeriesView }));

export function CompareView() {
  const modelNumber = useApp((state) => state.modelNumber);
  const hasSeries = useCompare((state) => state.series !== undefined);
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.focus();
    return () => {
      stopPredicting();
      endPredicting(); // gives back what its worker holds
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useEffect(() => {
    const follow = () => {
      if (namesOtherComparison()) void beginComparing();
    };
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another model, or an edit of it, is another left side
  useEffect(() => {
    if (!hasSeries) void beginComparing();
  }, [modelNumber, hasSeries]);
  return (
    <main ref={ref} className="view compare" aria-label="Compare" tabIndex={-1}>
      <BackToGraph />
      {hasSeries ? (
        <Suspense>
          <SeriesView />
        </Suspense>
      ) : (
        <>
          <VerdictStrip />
          <PairView />
        </>
      )}
      <CompareNotices />
    </main>
  );
}
