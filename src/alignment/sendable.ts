/** Models as plain data, to be sent to the thread that compares them. */
import type { ParameterGraph } from '../graph';

/** The same graph; its tensors have names and shapes, and no elements. */
export function sendableGraph(graph: ParameterGraph): ParameterGraph {
  const blocks = graph.blocks.map((block) => {
    if (block.values.kind === 'constant') return block;
    const { name, shape, type, elementCount } = block.values.tensor;
    const storage = { kind: 'numbers', values: [] } as const;
    return { ...block, values: { ...block.values, tensor: { name, shape, type, elementCount, storage } } };
  });
  return { ...graph, blocks };
}
