/** For the tests: models to compare. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import {
  type ParameterGraph,
  permuteBlockValues,
  type Random,
  randomSymmetry,
  readAllValues,
  seededRandom,
} from '../graph';
import { openGraph } from '../testing';
import { type AlignedModels, type ComparedModel, compareModels } from '.';

const ROOT = path.resolve(import.meta.dirname, '../..');

export async function open(bytes: Uint8Array, name: string): Promise<ComparedModel> {
  const { graph } = await openGraph(bytes, name);
  return { graph, values: await readAllValues(graph.blocks, graph.groups) };
}

export const openSample = (name: string) =>
  open(new Uint8Array(fs.readFileSync(path.join(ROOT, 'public/samples', name))), name);

/** Two networks of one architecture that training/fixtures/make_alignment.py trained. */
export const openSeed = (seed: number) => {
  const name = `seed-${seed}.safetensors`;
  return open(new Uint8Array(fs.readFileSync(path.join(ROOT, 'training/fixtures/alignment', name))), name);
};

/** The model in another order of neurons that does not change its function. */
export function shuffled({ graph, values }: ComparedModel, seed = 7): ComparedModel {
  const permutation = randomSymmetry(graph, seededRandom(seed));
  const moved = graph.blocks.map((block, index) =>
    permuteBlockValues(block, graph, permutation, values[index]),
  );
  return { graph, values: moved };
}

/** New numbers for every tensor that `isChosen`; blocks of one tensor are changed alike. */
export function changed(
  { graph, values }: ComparedModel,
  change: (value: number, random: Random) => number,
  isChosen: (name: string) => boolean = () => true,
): ComparedModel {
  const others = graph.blocks.map(({ values: stored, tensorName }, index) => {
    const random = seededRandom(5);
    return stored.kind === 'tensor' && isChosen(tensorName ?? '')
      ? values[index].map((value) => change(value, random))
      : values[index];
  });
  return { graph, values: others };
}

export async function align(first: ComparedModel, second: ComparedModel): Promise<AlignedModels> {
  const result = await compareModels(first, second);
  if (result.kind !== 'aligned') throw new Error('The models are of different architectures');
  return result;
}

/** A chain of dense layers without biases; values per layer [targets · sources]. */
export function chain(widths: readonly number[], values: readonly Float32Array[]): ComparedModel {
  const groups = widths.map((count, depth) => ({
    ...{ kind: 'neuron' as const, name: `layer ${depth}`, first: 0, count, depth, activation: 'relu' },
    ...{ isOrdered: depth === 0 || depth === widths.length - 1, positions: 1 },
    orderedRun: depth === 0 || depth === widths.length - 1 ? count : 1,
    ...{ isInput: depth === 0, isOutput: depth === widths.length - 1 },
    ...{ norm: 'none' as const, pool: 'none' as const, globalPool: 'none' as const },
  }));
  let nodeCount = 0;
  for (const group of groups) {
    group.first = nodeCount;
    nodeCount += group.count;
  }
  const blocks = values.map((own, index): ParameterGraph['blocks'][number] => ({
    ...{ kind: 'linearWeight', name: `layer ${index}`, source: index, target: index + 1, pattern: 'dense' },
    ...{ groups: 1, taps: 1, tapShape: [], stride: 1, tensorName: `weight ${index}`, layer: index },
    ...{ firstEdge: 0, edgeCount: own.length, firstPair: 0, pairCount: own.length },
    values: {
      kind: 'tensor',
      tensor: {
        ...{ name: `weight ${index}`, shape: [widths[index + 1], widths[index]], type: 'float32' },
        ...{ elementCount: own.length, storage: { kind: 'numbers', values: own } },
      },
      rows: Int32Array.from({ length: widths[index + 1] }, (_, row) => row * widths[index]),
      columns: Int32Array.from({ length: widths[index] }, (_, column) => column),
      taps: Int32Array.of(0),
    },
  }));
  const edgeCount = values.reduce((total, { length }) => total + length, 0);
  const graph = {
    ...{ groups, blocks, nodeCount, edgeCount, pairCount: edgeCount, depth: widths.length - 1 },
    ...{ parameters: { placed: edgeCount, all: edgeCount }, unplaced: [], ties: [], isInferred: false },
  };
  return { graph, values };
}
