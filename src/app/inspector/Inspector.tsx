/** Details of what is selected: a layer, a neuron, or one connection. */
import { lazy } from 'react';
import { useApp } from '../store';

// Loaded when something is selected for the first time.
const LayerDetails = lazy(async () => ({ default: (await import('./LayerDetails')).LayerDetails }));
const NodeDetails = lazy(async () => ({ default: (await import('./NodeDetails')).NodeDetails }));
const EdgeDetails = lazy(async () => ({ default: (await import('./EdgeDetails')).EdgeDetails }));

export function Inspector() {
  const model = useApp((state) => state.model);
  const selection = useApp((state) => state.selection);
  if (!model) return null;
  const layer =
    selection?.kind === 'layer' ? model.layers.find(({ index }) => index === selection.layer) : undefined;
  if (layer) return <LayerDetails layer={layer} />;
  if (selection?.kind === 'node') return <NodeDetails node={selection.node} />;
  if (selection?.kind === 'edge') return <EdgeDetails block={selection.block} pair={selection.pair} />;
  return (
    <p className="muted empty">
      Select a layer for its weights, or a neuron in the graph for its neighbours. Arrow keys walk the graph.
    </p>
  );
}
