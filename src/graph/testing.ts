/**
 * For the tests: nodes of a network exchanged in its own file, whatever types its weights are stored as, and ONNX Runtime as
 * the judge of what the file computes then. Not part of the page.
 */
import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import type { ModelFile, StoredTensor } from '../formats';
import { ELEMENT_BYTES } from '../formats/tensor';
import { forEachEdge, type ParameterGraph, permuteBlockValues } from '.';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures/onnx/operators');

export const operatorFixtures = () =>
  fs.readdirSync(FIXTURES).flatMap((name) => (name.endsWith('.onnx') ? [name.replace('.onnx', '')] : []));

export const readOperatorFixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(fs.readFileSync(path.join(FIXTURES, `${name}.onnx`)));

interface Stored {
  readonly type: 'float32' | 'int64' | 'int32' | 'bool';
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean)[];
}

export interface Example {
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly outputs: readonly Stored[];
}

/** What the script that wrote a fixture states: its parameters, counted there, and what it computes. */
export function statedFacts({ metadata }: ModelFile): { parameters: number; examples: Example[] } {
  return {
    parameters: Number(metadata.get('parameters')),
    examples: JSON.parse(metadata.get('examples') ?? '[]') as Example[],
  };
}

function feedOf({ type, shape, values }: Stored): ort.Tensor {
  switch (type) {
    case 'float32':
      return new ort.Tensor(type, Float32Array.from(values, Number), shape);
    case 'int64':
      return new ort.Tensor(type, BigInt64Array.from(values, BigInt), shape);
    case 'int32':
      return new ort.Tensor(type, Int32Array.from(values, Number), shape);
    case 'bool':
      return new ort.Tensor(type, Uint8Array.from(values, Number), shape);
    default:
      return type satisfies never;
  }
}

/** The first output of a file in ONNX Runtime, for every example. */
export async function runExamples(bytes: Uint8Array, examples: readonly Example[]): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    logSeverityLevel: 4,
  });
  const outputs: Float32Array[] = [];
  for (const { inputs } of examples) {
    const feeds = Object.entries(inputs).map(([name, value]) => [name, feedOf(value)] as const);
    const results = await session.run(Object.fromEntries(feeds));
    outputs.push(results[session.outputNames[0]].data as Float32Array);
  }
  await session.release();
  return outputs;
}

/** Per tensor on the graph: `from[i]` is the element that comes to stand where element i stood; -1 for those on no edge. */
export function movedElements(
  graph: ParameterGraph,
  permutationOf: (block: ParameterGraph['blocks'][number]) => Int32Array | undefined,
): Map<StoredTensor, Int32Array> {
  const moves = new Map<string, { tensor: StoredTensor; from: Int32Array }>();
  for (const block of graph.blocks) {
    if (block.values.kind === 'constant') continue;
    const { tensor } = block.values;
    const own = moves.get(tensor.name) ?? { tensor, from: new Int32Array(tensor.elementCount).fill(-1) };
    moves.set(tensor.name, own);
    // Elements are numbered, and their numbers moved as values are: exact, as the fixtures are small.
    const places = new Float32Array(block.edgeCount);
    forEachEdge(block, graph.groups, (edge, offset) => {
      places[edge] = offset;
    });
    const permutation = permutationOf(block);
    const moved = permutation ? permuteBlockValues(block, graph, permutation, places) : places;
    moved.forEach((from, edge) => {
      const earlier = own.from[places[edge]];
      if (earlier >= 0 && earlier !== from) throw new Error(`"${tensor.name}" is moved in two ways`);
      own.from[places[edge]] = from;
    });
  }
  return new Map([...moves.values()].map(({ tensor, from }) => [tensor, from]));
}

/** A copy of a file with the elements of its tensors moved, each with the bits that it is stored as. */
export function withMovedElements(
  bytes: Uint8Array,
  model: ModelFile,
  moves: ReadonlyMap<StoredTensor, Int32Array>,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (const [tensor, from] of moves) {
    const isStill = from.every((element, index) => element < 0 || element === index);
    // Elements that are all the same may stay where they are.
    if (isStill || tensor.storage.kind === 'fill') continue;
    const { type, offset } = whereStored(model, tensor);
    const bits = 8 * ELEMENT_BYTES[type];
    from.forEach((element, index) => {
      if (element < 0) return;
      for (let bit = 0; bit < bits; bit++) {
        const [source, target] = [8 * offset + element * bits + bit, 8 * offset + index * bits + bit];
        const value = (bytes[source >> 3] >> (source & 7)) & 1;
        copy[target >> 3] = (copy[target >> 3] & ~(1 << (target & 7))) | (value << (target & 7));
      }
    });
  }
  return copy;
}

/** The stored tensor that a tensor of the graph was made from: itself, or whole numbers that share one scale. */
function whereStored(
  { tensors }: ModelFile,
  tensor: StoredTensor,
): { type: StoredTensor['type']; offset: number } {
  const isScaled = tensor.storage.kind === 'encoded' && tensor.encoding?.endsWith(', one scale');
  const { type, storage } = isScaled ? (tensors.get(tensor.name) ?? tensor) : tensor;
  if (storage.kind !== 'bytes')
    throw new Error(`The elements of "${tensor.name}" cannot be moved in the file`);
  return { type, offset: storage.offset };
}

/** Per tensor on the graph, how many edges each of its elements is on. */
export function edgesByElement(graph: ParameterGraph): Map<string, Uint8Array> {
  const uses = new Map<string, Uint8Array>();
  for (const block of graph.blocks) {
    if (block.values.kind === 'constant') continue;
    const { name, elementCount } = block.values.tensor;
    const counts = uses.get(name) ?? new Uint8Array(elementCount);
    uses.set(name, counts);
    forEachEdge(block, graph.groups, (_, offset) => {
      counts[offset]++;
    });
  }
  return uses;
}
