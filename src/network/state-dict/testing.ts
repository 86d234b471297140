/** Helpers shared by the tests of state dicts: fixtures, and state dicts made of shapes alone. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type ModelFile, memorySource, openModel, type StoredTensor } from '../../formats';
import { buildGraph, type EdgeBlock, type NodeGroup, type ParameterGraph, readAllValues } from '../../graph';
import { type Corrections, readNetwork } from '..';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures/state-dicts');

/** Fixtures by training/fixtures/make_state_dicts.py, each a state dict and an export of the same network. */
export const FIXTURES = fs
  .readdirSync(FOLDER)
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => name.replace('.onnx', ''));

export const readStateDict = (file: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(fs.readFileSync(path.join(FOLDER, file)));

const source = (file: string, name = file) => memorySource(readStateDict(file), name);

const isThere = (file: string) => fs.existsSync(path.join(FOLDER, file));

/** The forms in which a fixture's tensors lie there; torch.save's is packed. */
export const formsOf = (name: string): string[] =>
  ['safetensors', 'pt'].filter((form) => form === 'safetensors' || isThere(`${name}.${form}.gz`));

/** A fixture without its program, and without a configuration. */
export const openTensors = (name: string, form = 'safetensors'): Promise<ModelFile> =>
  openModel([tensorSource(name, form)]);

function tensorSource(name: string, form: string) {
  if (form === 'safetensors') return source(`${name}.safetensors`);
  return memorySource(new Uint8Array(gunzipSync(readStateDict(`${name}.${form}.gz`))), `${name}.${form}`);
}

/** A fixture without its program, with the configuration that belongs to it. */
export function openStateDict(name: string, form = 'safetensors'): Promise<ModelFile> {
  const configuration = `${name}.config.json`;
  return openModel([
    tensorSource(name, form),
    ...(isThere(configuration) ? [source(configuration, 'config.json')] : []),
  ]);
}

/** The exporter's program over the state dict's weights. */
export const openExport = (name: string): Promise<ModelFile> =>
  openModel([source(`${name}.onnx`), source(`${name}.safetensors`)]);

export async function inferred(model: ModelFile, corrections?: Corrections) {
  const network = await readNetwork(model, corrections);
  return { network, graph: buildGraph(network) };
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Tensors of zeros. */
export function ofShapes(shapes: Shapes | ReadonlyMap<string, readonly number[]>): Map<string, StoredTensor> {
  const entries = shapes instanceof Map ? [...shapes] : Object.entries(shapes as Shapes);
  return new Map(
    entries.map(([name, shape]) => {
      const elementCount = shape.reduce((total: number, size: number) => total * size, 1);
      return [name, { name, shape, type: 'float32', elementCount, storage: { kind: 'fill', value: 0 } }];
    }),
  );
}

/** A state dict of these tensors, in this order. */
export const stateDict = (
  tensors: ReadonlyMap<string, StoredTensor>,
  more: Partial<ModelFile> = {},
): ModelFile => ({
  format: 'pytorch',
  fileName: 'network.pt',
  byteLength: 0,
  metadata: new Map(),
  tensors,
  warnings: [],
  ...more,
});

const describeGroup = ({ name: _, first: __, ...facts }: NodeGroup) => JSON.stringify(facts);

function describeBlock(graph: ParameterGraph, block: EdgeBlock, values: Float32Array): string {
  const { kind, pattern, groups, taps, tapShape, stride, source, target } = block;
  const ends = [graph.groups[source], graph.groups[target]].map(describeGroup);
  return JSON.stringify({ kind, pattern, groups, taps, tapShape, stride, ends, values: [...values].sort() });
}

/** A graph in words, without names and without an order: nodes, edges, facts, values. */
export async function describeGraph(graph: ParameterGraph) {
  const values = await readAllValues(graph.blocks, graph.groups);
  return {
    counts: [graph.nodeCount, graph.edgeCount, graph.parameters],
    groups: graph.groups.map(describeGroup).sort(),
    blocks: graph.blocks.map((block, place) => describeBlock(graph, block, values[place])).sort(),
  };
}

/** Entries of one list that the other has not, shortened: a handful says enough. */
function missing(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  const lacking = list.filter((entry) => {
    const at = rest.indexOf(entry);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return lacking.slice(0, 3).map((entry) => entry.slice(0, 400));
}

/** Throws, with what differs, unless two graphs are the same but for names. */
export async function expectSameGraph(actual: ParameterGraph, expected: ParameterGraph): Promise<void> {
  const [a, b] = [await describeGraph(actual), await describeGraph(expected)];
  expect(a.counts).toEqual(b.counts);
  expect(missing(a.groups, b.groups)).toEqual([]);
  expect(missing(a.blocks, b.blocks)).toEqual([]);
}
