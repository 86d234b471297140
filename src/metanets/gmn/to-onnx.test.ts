import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel, readTensor } from '../../formats';
import { readAllValues, valuePlaces } from '../../graph';
import { openGraph, readFixture, relativeDifference } from '../../testing';
import { readCheckpoint } from '../checkpoint';
import { metanetInput } from '../input';
import { runGmn } from './gmn';
import { blockInputDims, blockInputName, gmnToOnnx } from './to-onnx';
import { valuesFromTensors } from './values-from-tensors';
import { gmnWeights } from './weights';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures');
const bytes = new Uint8Array(fs.readFileSync(path.join(FOLDER, 'gmn.safetensors')));
const weights = gmnWeights(await readCheckpoint(await openModel([memorySource(bytes, 'gmn.safetensors')])));

/** float32 on both sides. */
const SAME_NUMBERS = 1e-5;

describe.each([
  'mlp.new',
  'conv-norm.old',
  'norms.new',
  'residual.new',
  'grouped.new',
  'vision-transformer.new',
])('GMN for %s as ONNX', (name) => {
  it('computes in ONNX Runtime what the reference computes', async () => {
    const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
    const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
    const session = await ort.InferenceSession.create(gmnToOnnx(weights, input));
    const feeds = Object.fromEntries(
      graph.blocks.map((block, index) => [
        blockInputName(block, index),
        new ort.Tensor('float32', input.values[index].slice(), blockInputDims(block, graph)),
      ]),
    );
    const { outputs, accuracy } = await session.run(feeds);
    const wanted = runGmn(weights, input, { precision: 'float64' }).outputs;
    expect(relativeDifference(outputs.data as Float32Array, wanted)).toBeLessThan(SAME_NUMBERS);
    expect((accuracy.data as Float32Array)[0]).toBeCloseTo(1 / (1 + Math.exp(-wanted[0])), 5);
    await session.release();
  });

  it('reads the tensors of the file itself, if it is told where in them the values lie', async () => {
    const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
    const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
    const exported = gmnToOnnx(weights, input, valuesFromTensors(valuePlaces(graph)));
    const session = await ort.InferenceSession.create(exported);
    const tensors = new Map(
      graph.blocks.flatMap(({ values }) =>
        values.kind === 'tensor' ? [[values.tensor.name, values.tensor] as const] : [],
      ),
    );
    expect([...session.inputNames].sort()).toEqual([...tensors.keys()].sort());
    const feeds: Record<string, ort.Tensor> = {};
    for (const [key, tensor] of tensors) {
      feeds[key] = new ort.Tensor('float32', await readTensor(tensor), tensor.shape);
    }
    const { outputs } = await session.run(feeds);
    const wanted = runGmn(weights, input, { precision: 'float64' }).outputs;
    expect(relativeDifference(outputs.data as Float32Array, wanted)).toBeLessThan(SAME_NUMBERS);
    await session.release();
  });
});
