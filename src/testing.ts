/** Helpers shared by the tests: fixtures, real model files, ONNX Runtime as the judge. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import { type ModelFile, memorySource, openModel } from './formats';
import { buildGraph, forEachEdge, type ParameterGraph } from './graph';
import { readNetwork } from './network';

const ROOT = path.resolve(import.meta.dirname, '..');
const FIXTURES = path.join(ROOT, 'training/fixtures/onnx');

/** Fixtures that hold no whole network on their own. */
const NOT_WHOLE = ['external', 'unknown-operator', 'no-weights', 'enormous'];

export const fixtureNames = () =>
  fs
    .readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => name.replace('.onnx', ''))
    .filter((name) => !NOT_WHOLE.includes(name));

export function readFixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(FIXTURES, name)));
}

/** Folder with model files by other people's exporters; tests that need it are skipped, by name, where it is absent. */
export const REAL_MODELS = process.env.METANET_MODELS ?? path.join(ROOT, 'models');
export const hasRealModels = fs.existsSync(REAL_MODELS);

export function readRealModel(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(REAL_MODELS, name)));
}

export async function openGraph(
  bytes: Uint8Array,
  name: string,
): Promise<{ model: ModelFile; graph: ParameterGraph }> {
  const model = await openModel([memorySource(bytes, name)]);
  return { model, graph: buildGraph(await readNetwork(model)) };
}

interface Stored {
  shape: number[];
  values: number[];
}

/** The input that a fixture was made with, and PyTorch's output for it. */
export function storedExample(model: ModelFile): { input: Stored; output: Stored } {
  const read = (key: string) => JSON.parse(model.metadata.get(key) ?? '{}') as Stored;
  return { input: read('input'), output: read('output') };
}

/** Runs an ONNX model in ONNX Runtime on its stored example. */
export async function runOnnx(bytes: Uint8Array, model: ModelFile): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  const { input } = storedExample(model);
  const metadata = session.inputMetadata[0];
  const isInteger = metadata?.isTensor && metadata.type === 'int64';
  const feed = isInteger
    ? new ort.Tensor('int64', BigInt64Array.from(input.values.map(BigInt)), input.shape)
    : new ort.Tensor('float32', Float32Array.from(input.values), input.shape);
  const results = await session.run({ [session.inputNames[0]]: feed });
  const output = results[session.outputNames[0]].data as Float32Array;
  await session.release();
  return output;
}

/** A copy of a file with other float32 values on the edges of its graph. Values are per block, in edge order. */
export function withEdgeValues(
  bytes: Uint8Array,
  graph: ParameterGraph,
  values: readonly Float32Array[],
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  graph.blocks.forEach((block, index) => {
    if (block.values.kind === 'constant') return;
    const { storage, type, name } = block.values.tensor;
    if (storage.kind !== 'bytes' || type !== 'float32') throw new Error(`${name} is not stored as float32`);
    forEachEdge(block, graph.groups, (edge, offset) => {
      view.setFloat32(storage.offset + 4 * offset, values[index][edge], true);
    });
  });
  return copy;
}

/** Largest difference of two lists, relative to the largest magnitude of the second. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, magnitude] = [0, 1e-30];
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index] - expected[index]));
    magnitude = Math.max(magnitude, Math.abs(expected[index]));
  }
  return actual.length === expected.length ? difference / magnitude : Number.POSITIVE_INFINITY;
}
