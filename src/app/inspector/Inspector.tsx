/** Details of what is selected: a layer, a neuron, or one connection. */
import { useApp } from '../store';
import { EdgeDetails } from './EdgeDetails';
import { LayerDetails } from './LayerDetails';
import { NodeDetails } from './NodeDetails';

export function Inspector() {
  const model = useApp((state) => state.model);
  const selection = useApp((state) => state.selection);
  if (!model) return null;
  const layer =
    selection?.kind === 'layer' ? model.layers.find(({ index }) => index === selection.layer) : undefined;
  return (
    <section className="inspector" aria-label="Details">
      {layer ? (
        <LayerDetails layer={layer} />
      ) : selection?.kind === 'node' ? (
        <NodeDetails node={selection.node} />
      ) : selection?.kind === 'edge' ? (
        <EdgeDetails block={selection.block} pair={selection.pair} />
      ) : (
        <p className="muted empty">
          Select a layer for its weights, or a neuron in the graph for its neighbours. Arrow keys walk the
          graph.
        </p>
      )}
    </section>
  );
}
