/** Helpers shared by the tests: fixtures, real model files, ONNX Runtime as the judge. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ModelFile, memorySource, openModel, type StoredTensor, storedBytes } from './formats';
import {
  buildGraph,
  forEachEdge,
  type ParameterGraph,
  permuteBlockValues,
  randomSymmetry,
  readAllValues,
  seededRandom,
} from './graph';
import { type Checkpoint, readCheckpoint } from './metanets/checkpoint';
import { runGmn } from './metanets/gmn/gmn';
import { gmnWeights } from './metanets/gmn/weights';
import { type MetanetInput, metanetInput } from './metanets/input';
import type { Precision } from './metanets/linear-algebra';
import type { MetanetOutput } from './metanets/output';
import { readNetwork } from './network';

const ROOT = path.resolve(import.meta.dirname, '..');
const METANETS = path.join(ROOT, 'training/fixtures');
const FIXTURES = path.join(METANETS, 'onnx');

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

/** A file that comes with the page. */
export function readPublic(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(ROOT, 'public', name)));
}

export const openPublic = async (name: string): Promise<ModelFile> =>
  await openModel([memorySource(readPublic(name), path.basename(name))]);

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

/** What a metanet reads of a fixture. */
export async function fixtureInput(name: string): Promise<MetanetInput> {
  const { graph } = await openGraph(readFixture(`${name}.onnx`), name);
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}

/** What a metanet reads of a network in a zoo's pack, a safetensors file whose tensors are the bytes of ONNX files. */
export async function packInput(pack: ModelFile, name: string): Promise<MetanetInput> {
  const stored = pack.tensors.get(name);
  if (!stored) throw new Error(`The pack has no network "${name}".`);
  const { graph } = await openGraph(await storedBytes(stored), name);
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}

/** The input with the parameters that belong to each node moved to the place of another. */
export function permutedInput(input: MetanetInput, permutation: Int32Array): MetanetInput {
  const { graph, values } = input;
  return {
    ...input,
    values: graph.blocks.map((block, index) => permuteBlockValues(block, graph, permutation, values[index])),
  };
}

/** The metanet with random weights that training/fixtures/make_metanets.py wrote. */
export async function metanetFixture(metanet: string): Promise<Checkpoint> {
  const name = `${metanet}.safetensors`;
  const bytes = new Uint8Array(fs.readFileSync(path.join(METANETS, name)));
  return readCheckpoint(await openModel([memorySource(bytes, name)]));
}

/** By ONNX fixture the gradient of a metanet's prediction, [edges], that training/fixtures/make_gradients.py wrote. */
export async function gradientFixture(metanet: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const name = `${metanet}-gradient.safetensors`;
  const bytes = new Uint8Array(fs.readFileSync(path.join(METANETS, name)));
  return (await openModel([memorySource(bytes, name)])).tensors;
}

/** What a GMN with random weights says of a graph: outputs, in float64. */
export async function metanetPrediction(
  graph: ParameterGraph,
  values: readonly Float32Array[],
): Promise<ArrayLike<number>> {
  const weights = gmnWeights(await metanetFixture('gmn'));
  return runGmn(weights, metanetInput(graph, values), { precision: 'float64' }).outputs;
}

/** PyTorch and the reference form the same float64 sums in another order; the edge inputs themselves are float32. */
export const FLOAT64_ROUNDING = 1e-6;
/** float32 states: the bound that the page promises. */
const FLOAT32_ROUNDING = 1e-5;

/** What every metanet's reference is held to, on every fixture. */
export function describeMetanet<Weights>(
  metanet: string,
  readWeights: (checkpoint: Checkpoint) => Weights,
  run: (weights: Weights, input: MetanetInput, options: { precision: Precision }) => MetanetOutput,
  isSymmetric = true,
): void {
  const text = fs.readFileSync(path.join(METANETS, `${metanet}.json`), 'utf8');
  const fixtures = Object.entries(
    JSON.parse(text) as Record<string, { outputs: number[]; embedding: number[] }>,
  );
  let weights: Weights;
  beforeAll(async () => {
    weights = readWeights(await metanetFixture(metanet));
  });

  describe.each(fixtures)(`${metanet} on %s`, (name, expected) => {
    it('computes what PyTorch computes', async () => {
      const input = await fixtureInput(name);
      const exact = run(weights, input, { precision: 'float64' });
      expect(relativeDifference(exact.outputs, expected.outputs)).toBeLessThan(FLOAT64_ROUNDING);
      expect(relativeDifference(exact.embedding, expected.embedding)).toBeLessThan(FLOAT64_ROUNDING);
      const single = run(weights, input, { precision: 'float32' });
      expect(relativeDifference(single.outputs, expected.outputs)).toBeLessThan(FLOAT32_ROUNDING);
    });

    if (!isSymmetric) return;
    it('does not move under a symmetry', async () => {
      const input = await fixtureInput(name);
      const permuted = permutedInput(input, randomSymmetry(input.graph, seededRandom(3)));
      const before = run(weights, input, { precision: 'float64' });
      const after = run(weights, permuted, { precision: 'float64' });
      expect(relativeDifference(after.outputs, before.outputs)).toBeLessThan(FLOAT64_ROUNDING);
      expect(relativeDifference(after.embedding, before.embedding)).toBeLessThan(FLOAT64_ROUNDING);
    });
  });
}
