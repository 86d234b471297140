/**
 * x ↦ factor · x + shift, element by element. Where x is a plain sum that nothing else reads, both go into its edges and bias,
 * as one folds a batch norm into the convolution before it; elsewhere each element gets a node of its own, with one edge.
 */
import type { OperatorCall } from './operator-call';
import { type NodeTensor, nodeTensor } from './tensors';

type PerElement = (element: number) => number;

/** The tensor at an input under factors and shifts. */
export function affine(call: OperatorCall, index: number, factor: PerElement, shift: PerElement): NodeTensor {
  const input = call.nodes(index);
  if (!call.mayChange(index)) return newAffine(call, input, factor, shift);
  input.nodes.forEach((node, element) => {
    call.builder.rescale(node, factor(element), shift(element));
  });
  return input;
}

/** The same, always on nodes of its own. */
export function newAffine(
  { builder }: OperatorCall,
  { shape, nodes }: NodeTensor,
  factor: PerElement,
  shift: PerElement,
): NodeTensor {
  const results = nodes.map((source, element) => {
    const node = builder.addNode(shift(element));
    builder.addEdge(source, factor(element));
    return node;
  });
  return nodeTensor(shape, results);
}
