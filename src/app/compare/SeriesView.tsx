/** The checkpoints of a training run: the graph of one of them, what is predicted for each, how far each has moved. */
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';
import { formatPercent } from '../format';
import { GraphCanvas, type GraphHandle, groupsOfSelection } from '../graph-view/GraphCanvas';
import { sceneOf } from '../graph-view/scene';
import type { PictureOf } from '../graph-view/use-pictures';
import type { Marked } from '../graph-view/view';
import { compareApi } from './compare-client';
import { compareStore, type ShownSeries, showError, useCompare } from './compare-store';
import { DistancePanel } from './DistancePanel';
import { PaneTools } from './PaneTools';
import { Player, togglePlaying } from './Player';
import { SeriesPredictions } from './SeriesPredictions';
import { closeSeries, showCheckpoint } from './series';

export function SeriesView() {
  const series = useCompare((state) => state.series);
  return series && <Shown series={series} />;
}

/** Keys of the whole view, where nothing in it has a use of its own for them. */
function onKeyDown(event: KeyboardEvent): void {
  const { series } = compareStore.getState();
  const isOwn = event.target instanceof HTMLElement && event.target.closest('button, input, select, table');
  if (!series || isOwn) return;
  const { place, checkpoints } = series;
  const places: Readonly<Record<string, number>> = {
    ArrowLeft: place - 1,
    ArrowRight: place + 1,
    Home: 0,
    End: checkpoints.length - 1,
  };
  if (event.key !== ' ' && !(event.key in places)) return;
  event.preventDefault();
  if (event.key === ' ') togglePlaying();
  else showCheckpoint(places[event.key]);
}

function Shown({ series }: { series: ShownSeries }) {
  const { name, checkpoints, leftOut } = series;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a convenience; the slider and the button do the same
    <div className="series" onKeyDown={onKeyDown}>
      <header className="verdict-strip">
        <div className="verdict-words">
          <h1>
            {checkpoints.length} {checkpoints.length === 1 ? 'checkpoint' : 'checkpoints'}
            {name && ` of ${name}`}
          </h1>
          <p className="muted">
            Files of one structure, in the order of their names.
            {leftOut.length > 0 && (
              <>
                {' '}
                <span className="refusal">
                  Left out: {leftOut[0].path}. {leftOut[0].reason}
                  {leftOut.length > 1 && ` And ${leftOut.length - 1} more.`}
                </span>
              </>
            )}
          </p>
        </div>
        <button type="button" onClick={closeSeries}>
          Compare two instead
        </button>
      </header>
      <div className="series-body">
        <Current series={series} />
        <div className="series-charts">
          <SeriesPredictions series={series} />
          <DistancePanel series={series} />
        </div>
      </div>
    </div>
  );
}

/** The graph of the checkpoint that is shown. */
function Current({ series }: { series: ShownSeries }) {
  const { graph, checkpoints, place, strongest } = series;
  const { id, path, known } = checkpoints[place];
  const selection = useCompare((state) => state.selection);
  const handleRef = useRef<GraphHandle>(null);
  const [selected, setSelected] = useState<Marked>();
  /** The checkpoint whose pictures are all there. */
  const [drawn, setDrawn] = useState<number>();
  const weights = useMemo(() => sceneOf(graph), [graph]);
  // All checkpoints on one scale: growing weights are seen to grow.
  const pictureOf = useMemo((): PictureOf => {
    const api = compareApi();
    return async (block, wanted) => ({
      ...(await api.picture(id, block, wanted)),
      strongest: strongest[block],
    });
  }, [id, strongest]);
  const layer = selection?.kind === 'layer' ? selection.left : undefined;
  const selectedGroups = useMemo(
    () => groupsOfSelection(weights, layer === undefined ? undefined : { kind: 'layer', layer }),
    [weights, layer],
  );
  const onComplete = useCallback(() => setDrawn(id), [id]);
  return (
    <section className="pane" aria-label="Checkpoint">
      <header className="pane-head">
        <h2 className="pane-name">{path}</h2>
        {known && <span className="muted">true accuracy {formatPercent(known.accuracy)}</span>}
      </header>
      <div className="pane-graph">
        <GraphCanvas
          ref={handleRef}
          testId="graph-series"
          label={`Parameter graph of ${path}: ${graph.nodeCount} nodes. Arrow keys walk from neuron to neuron.`}
          scene={weights}
          {...{ weights, pictureOf, selectedGroups, selected, onComplete }}
          onError={showError}
          onSelect={setSelected}
        />
        <PaneTools graph={handleRef} modelName={path} onFit={() => handleRef.current?.fit()} />
      </div>
      <Player series={series} isDrawn={drawn === id} />
    </section>
  );
}
