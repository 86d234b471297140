import { describe, expect, it } from 'vitest';
import { type ParameterGraph, readAllValues } from '../../graph';
import { hasRealModels, metanetFixture, openGraph, readRealModel, relativeDifference } from '../../testing';
import { metanetInput } from '../input';
import { runGmn } from './gmn';
import { gmnWeights } from './weights';

/** The same trained network as PyTorch exported it, and as it was converted from there to TensorFlow Lite. */
const [ONNX, TFLITE] = ['edge-cifar100.pytorch-opset14.onnx', 'edge-cifar100.tflite'];

/** The two hold the same bits; sums run in the same order. */
const SAME_PREDICTION = 1e-6;

const open = async (name: string) => {
  const { graph } = await openGraph(readRealModel(name), name);
  return { graph, input: metanetInput(graph, await readAllValues(graph.blocks, graph.groups)) };
};

/** Everything about a graph but the names of its layers. */
const shapeOf = ({ groups, blocks, nodeCount, edgeCount }: ParameterGraph) => ({
  nodeCount,
  edgeCount,
  groups: groups.map(({ name: _, ...group }) => group),
  blocks: blocks.map(({ kind, source, target, pattern, edgeCount: edges }) => ({
    ...{ kind, source, target, pattern, edges },
  })),
});

describe.skipIf(!hasRealModels)('one network in ONNX and in TensorFlow Lite (folder METANET_MODELS)', () => {
  it('has the same parameter graph, with the same values on its edges', async () => {
    const [onnx, tflite] = [await open(ONNX), await open(TFLITE)];
    expect(shapeOf(tflite.graph)).toEqual(shapeOf(onnx.graph));
    tflite.input.values.forEach((values, index) => {
      expect(relativeDifference(values, onnx.input.values[index])).toBe(0);
    });
  });

  it('gets the same prediction', async () => {
    const weights = gmnWeights(await metanetFixture('gmn'));
    const [onnx, tflite] = await Promise.all(
      [ONNX, TFLITE].map(async (name) => runGmn(weights, (await open(name)).input, { precision: 'float64' })),
    );
    expect(relativeDifference(tflite.outputs, onnx.outputs)).toBeLessThan(SAME_PREDICTION);
    expect(relativeDifference(tflite.embedding, onnx.embedding)).toBeLessThan(SAME_PREDICTION);
  });
});
