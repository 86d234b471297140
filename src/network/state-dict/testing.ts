/** Helpers shared by the tests of state dicts: fixtures, and state dicts made of shapes alone. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import { type ModelFile, memorySource, openModel, type StoredTensor } from '../../formats';
import { buildGraph } from '../../graph';
import { readNetwork } from '..';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures/state-dicts');

/** Fixtures by training/fixtures/make_state_dicts.py, each a state dict and an export of the same network. */
export const FIXTURES = fs
  .readdirSync(FOLDER)
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => name.replace('.onnx', ''));

export const readStateDict = (file: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(fs.readFileSync(path.join(FOLDER, file)));

const source = (file: string, name = file) => memorySource(readStateDict(file), name);

/** A fixture without its program, with the configuration that belongs to it. */
export function openStateDict(name: string): Promise<ModelFile> {
  const configuration = `${name}.config.json`;
  const isThere = fs.existsSync(path.join(FOLDER, configuration));
  return openModel([
    source(`${name}.safetensors`),
    ...(isThere ? [source(configuration, 'config.json')] : []),
  ]);
}

/** The exporter's program over the state dict's weights. */
export const openExport = (name: string): Promise<ModelFile> =>
  openModel([source(`${name}.onnx`), source(`${name}.safetensors`)]);

export async function inferred(model: ModelFile) {
  const network = await readNetwork(model);
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
