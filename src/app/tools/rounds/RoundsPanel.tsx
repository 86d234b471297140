/** Rounds: the metanet's message passing over the open network, step by step, on the graph and in numbers. */
import { useEffect } from 'react';
import { MAX_PAIR_BYTES, type NetworkTrace, pairStateBytes } from '../../../tasks';
import type { ModelSummary } from '../../../workers/model-summary';
import '../../styles/rounds.css';
import { formatBytes, formatLarge } from '../../format';
import { useApp } from '../../store';
import { Working } from '../../Working';
import { ColourControls } from './ColourControls';
import { FollowedNode } from './FollowedNode';
import { LayerNodes } from './LayerNodes';
import { ReadoutSum } from './ReadoutSum';
import { Scrubber } from './Scrubber';
import { askTrace, cancelTrace, useTrace } from './trace';

/** Asked at once where it takes a moment; otherwise on request. */
const MAX_UNASKED_PAIRS = 1e5;

export function RoundsPanel() {
  const model = useApp((state) => state.model);
  const config = useApp((state) => state.backend?.card.config);
  const isJudged = useApp(({ verdict }) => verdict.status === 'done');
  const state = useTrace();
  const isSmall = (model?.graph.pairCount ?? 0) <= MAX_UNASKED_PAIRS;
  useEffect(() => {
    if (isJudged && isSmall && state.status === 'none') void askTrace();
  }, [isJudged, isSmall, state.status]);
  if (!model || !config || !isJudged) return <p className="muted empty">Comes after the prediction.</p>;
  if (state.status === 'done') return <Rounds model={model} trace={state.trace} />;
  if (state.status === 'running') {
    return <Working doing="Following the rounds" share={state.share} onCancel={cancelTrace} />;
  }
  const { pairCount, nodeCount } = model.graph;
  const bytes = pairStateBytes(model.graph, config);
  const hasRoom = bytes <= MAX_PAIR_BYTES;
  return (
    <>
      {state.status === 'failed' && <p className="refusal">{state.reason}</p>}
      {!hasRoom && (
        <p>
          The states of all {formatLarge(pairCount)} pairs of nodes would take {formatBytes(bytes)}; this page
          keeps up to {formatBytes(MAX_PAIR_BYTES)}. The states of the nodes can be followed.
        </p>
      )}
      <p>
        <button type="button" onClick={() => void askTrace()}>
          {hasRoom
            ? `Follow the rounds over ${formatLarge(pairCount)} pairs of nodes`
            : `Follow the states of ${formatLarge(nodeCount)} nodes`}
        </button>
      </p>
    </>
  );
}

function Rounds({ model, trace }: { model: ModelSummary; trace: NetworkTrace }) {
  const { round } = useApp((state) => state.roundsView);
  const selection = useApp((state) => state.selection);
  const isReadout = round > trace.rounds.length;
  return (
    <div className="rounds">
      <Scrubber last={trace.rounds.length} />
      <ColourControls trace={trace} />
      {isReadout && <ReadoutSum readout={trace.readout} />}
      {!isReadout && selection?.kind === 'node' && (
        <FollowedNode model={model} trace={trace} node={selection.node} />
      )}
      {selection?.kind === 'layer' && (
        <LayerNodes key={selection.layer} layer={selection.layer} model={model} />
      )}
      {selection?.kind !== 'node' && selection?.kind !== 'layer' && !isReadout && (
        <p className="muted small">
          Select a node in the graph, or a layer in the list, to follow the numbers of one node.
        </p>
      )}
    </div>
  );
}
