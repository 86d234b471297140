/**
 * Place of a node within an ordered group (network inputs and outputs, rows of a table) or ordered run, as features; zero
 * for hidden nodes, which nothing may tell apart. Outputs are left out too: what the classes are called does not matter
 * to the task.
 */
import type { NodeGroup } from '../graph';

export const ORDER_FEATURES = 6;

/** [count, ORDER_FEATURES], row-major: position on [-1, 1], then sines and cosines of it. */
export function orderFeatures(group: NodeGroup): Float32Array {
  const features = new Float32Array(group.count * ORDER_FEATURES);
  const { isOrdered, isOutput, orderedRun } = group;
  if ((!isOrdered && orderedRun === 1) || isOutput) return features;
  for (let node = 0; node < group.count; node++) {
    const position = orderedRun === 1 ? 0 : (2 * (node % orderedRun)) / (orderedRun - 1) - 1;
    const waves = [1, 2].flatMap((k) => [Math.sin(k * Math.PI * position), Math.cos(k * Math.PI * position)]);
    features.set([1, position, ...waves], node * ORDER_FEATURES);
  }
  return features;
}
