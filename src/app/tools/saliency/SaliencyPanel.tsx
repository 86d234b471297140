/** What mattered: the weights and layers that the prediction hangs on, also drawn on the graph, and the test of it. */
import { useEffect, useMemo, useState } from 'react';
import { isWeightBlock } from '../../../graph';
import type { Saliency, SalientEdge } from '../../../tasks';
import type { ModelSummary } from '../../../workers/model-summary';
import { select } from '../../actions';
import { formatCount, formatLarge, formatPercent } from '../../format';
import { describeEdge } from '../../graph-view/describe';
import { pairPlaces, sceneOf } from '../../graph-view/scene';
import { useApp } from '../../store';
import { Working } from '../../Working';
import { messageOf } from '../../worker-clients';
import { accuracyWithout, askSaliency, cancelSaliency, weightsThat } from './saliency';

/** Asked at once where it takes a moment; otherwise on request. */
const MAX_UNASKED_EDGES = 2e6;
const SHOWN_WEIGHTS = 6;
const SHOWN_LAYERS = 8;
const REMOVED_SHARE = 0.01;

export function SaliencyPanel() {
  const model = useApp((state) => state.model);
  const state = useApp((app) => app.saliency);
  const isJudged = useApp(({ verdict }) => verdict.status === 'done');
  const isSmall = (model?.graph.edgeCount ?? 0) <= MAX_UNASKED_EDGES;
  useEffect(() => {
    if (isJudged && isSmall && state.status === 'none') void askSaliency();
  }, [isJudged, isSmall, state.status]);
  if (!model || !isJudged) return <p className="muted empty">Comes after the prediction.</p>;
  if (state.status === 'running') {
    return <Working doing="Finding what mattered" share={state.share} onCancel={cancelSaliency} />;
  }
  if (state.status === 'done') return <Findings model={model} saliency={state.saliency} />;
  return (
    <>
      {state.status === 'failed' && <p className="refusal">{state.reason}</p>}
      <p>
        <button type="button" onClick={() => void askSaliency()}>
          Find out for {formatLarge(model.graph.edgeCount)} parameters
        </button>
      </p>
    </>
  );
}

function Findings({ model, saliency }: { model: ModelSummary; saliency: Saliency }) {
  return (
    <>
      <p className="muted small">
        Gradient × value: what the prediction would lose, to first order, without a weight.{' '}
        <span className="raises">Orange raises it</span>, <span className="lowers">blue lowers it</span>.
      </p>
      <Layers model={model} saliency={saliency} />
      <Weights key={`raise ${saliency.logit}`} model={model} direction="raise" />
      <Weights key={`lower ${saliency.logit}`} model={model} direction="lower" />
    </>
  );
}

/** Layers by how much hangs on them: what raises and what lowers, side by side. */
function Layers({ model, saliency: { layers } }: { model: ModelSummary; saliency: Saliency }) {
  const strongest = Math.max(...layers.magnitude, 1e-30);
  const ranked = [...layers.magnitude.keys()]
    .filter((layer) => layers.magnitude[layer] > 0)
    .sort((a, b) => layers.magnitude[b] - layers.magnitude[a]);
  return (
    <ol className="salient-layers" aria-label="Layers, by how much hangs on them">
      {ranked.slice(0, SHOWN_LAYERS).map((layer) => {
        const [magnitude, net] = [layers.magnitude[layer], layers.net[layer]];
        const share = (value: number) => `${((100 * value) / (2 * strongest)).toFixed(1)}%`;
        return (
          <li key={layer}>
            <button type="button" onClick={() => select({ kind: 'layer', layer })}>
              <span className="name">{model.layers[layer].name}</span>
              <svg className="salient-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect className="raises" width={share(magnitude + net)} height="8" />
                <rect
                  className="lowers"
                  x={share(magnitude + net)}
                  width={share(magnitude - net)}
                  height="8"
                />
              </svg>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

type Removal =
  | { readonly status: 'none' | 'running' }
  | { readonly accuracy: number }
  | { readonly reason: string };

/** The weights that raise, or lower, the prediction most; and the prediction without the strongest hundredth of all. */
function Weights({ model, direction }: { model: ModelSummary; direction: 'raise' | 'lower' }) {
  const [removal, setRemoval] = useState<Removal>({ status: 'none' });
  const accuracy = useApp(({ verdict }) =>
    verdict.status === 'done' ? verdict.verdict.accuracy : undefined,
  );
  const total = model.graph.blocks.filter(isWeightBlock).reduce((sum, { edgeCount }) => sum + edgeCount, 0);
  const count = Math.max(1, Math.round(REMOVED_SHARE * total));
  const edges = useMemo(() => weightsThat(direction, count), [direction, count]);
  if (edges.length === 0 || accuracy === undefined) return null;
  const remove = async () => {
    setRemoval({ status: 'running' });
    setRemoval(
      await accuracyWithout(edges).then(
        (without) => ({ accuracy: without }),
        (error: unknown) => ({ reason: messageOf(error) }),
      ),
    );
  };
  const isRunning = 'status' in removal && removal.status === 'running';
  return (
    <section className="salient-weights">
      <h3>What {direction === 'raise' ? 'raises' : 'lowers'} it most</h3>
      <ol>
        {edges.slice(0, SHOWN_WEIGHTS).map((edge) => (
          <li key={`${edge.block} ${edge.edge}`}>
            <WeightButton model={model} edge={edge} strongest={edges[0].saliency} direction={direction} />
          </li>
        ))}
      </ol>
      <p className="removal">
        <button type="button" disabled={isRunning} onClick={() => void remove()}>
          Predict without {edges.length === 1 ? 'the first' : `the first ${formatCount(edges.length)}`}
        </button>
        <output aria-live="polite">
          {'accuracy' in removal &&
            `${formatPercent(removal.accuracy)} (${signed(100 * (removal.accuracy - accuracy))} points)`}
          {'reason' in removal && removal.reason}
        </output>
      </p>
    </section>
  );
}

const signed = (points: number) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;

interface WeightButtonProps {
  readonly model: ModelSummary;
  readonly edge: SalientEdge;
  readonly strongest: number;
  readonly direction: 'raise' | 'lower';
}

function WeightButton({ model, edge: { block, edge, saliency }, strongest, direction }: WeightButtonProps) {
  const shape = model.graph.blocks[block];
  const { taps, tapShape } = shape;
  const pair = Math.floor(edge / taps);
  const place = taps > 1 ? ` at ${placeOfTap(edge % taps, tapShape)}` : '';
  const { source, target } = pairPlaces(model.graph, shape, pair);
  return (
    <button type="button" onClick={() => select({ kind: 'edge', block, pair })}>
      <span className="name" title={describeEdge(sceneOf(model.graph), block, pair).title}>
        {model.layers[shape.layer].name} {source + 1} → {target + 1}
        {place}
      </span>
      <svg className="salient-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect
          className={direction === 'raise' ? 'raises' : 'lowers'}
          width={(100 * saliency) / strongest}
          height="8"
        />
      </svg>
    </button>
  );
}

/** Row and column of a tap, counted from 1. */
function placeOfTap(tap: number, tapShape: readonly number[]): string {
  let rest = tap;
  const places = tapShape.map((_, axis) => {
    const stride = tapShape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const place = Math.floor(rest / stride);
    rest %= stride;
    return place + 1;
  });
  return places.join(', ');
}
