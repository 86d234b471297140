import { describe, expect, it } from 'vitest';
import { neuronLikeness, sendableGraph } from '.';
import { align, openSample, shuffled } from './testing';

describe('a neuron of a shuffled network', () => {
  it('reads what the neuron aligned with it reads, and not what the one at its place does', async () => {
    const model = await openSample('cifar10-cnn-55.onnx');
    const other = shuffled(model);
    const { aligned, permutation } = await align(model, other);
    const moved = permutation.findIndex((to, node) => to !== node);
    const likeness = neuronLikeness(model.graph, moved, model.values, {
      before: other.values,
      after: aligned,
    });
    expect(likeness?.after).toBeCloseTo(1, 12);
    expect(likeness?.before).toBeLessThan(0.9);
  });

  it('has no likeness where no weights lead to it', async () => {
    const { graph, values } = await openSample('cifar10-cnn-55.onnx');
    expect(graph.groups[0].isInput).toBe(true);
    expect(neuronLikeness(graph, 0, values, { before: values, after: values })).toBeUndefined();
  });
});

describe('a graph that is sent to another thread', () => {
  it('is compared as the one that it was made from', async () => {
    const model = await openSample('cifar10-cnn-55.onnx');
    const sent = { graph: structuredClone(sendableGraph(model.graph)), values: model.values };
    const [own, other] = [await align(model, shuffled(model)), await align(sent, shuffled(sent))];
    expect(other.tensors).toEqual(own.tensors);
    expect(other.permutation).toEqual(own.permutation);
  });
});
