import { describe, expect, it } from 'vitest';
import { memorySource, openModel, readTensor } from '../formats';
import { readFixtureFile, readFixtureJson } from '../formats/testing';
import { runProgram, type Stored } from '../formats/tflite/testing';
import { readNetwork } from '../network';
import { relativeDifference } from '../testing';
import {
  buildGraph,
  forEachEdge,
  type ParameterGraph,
  permuteBlockValues,
  randomSymmetry,
  readAllValues,
  seededRandom,
  symmetryFactors,
  writeBlockValues,
} from '.';

/** ONNX Runtime computes in float32, where a sum in another order differs by this much (relative). */
const SAME_FUNCTION = 1e-5;

interface Expected {
  readonly inputs: readonly Stored[];
  /** Counted by the script that wrote the file. */
  readonly parameters: number;
}

const { types: _, ...NETWORKS } = readFixtureJson<Record<string, Expected>>('tflite/expected.json');

async function open(name: string) {
  const model = await openModel([memorySource(readFixtureFile(`tflite/${name}.tflite`), `${name}.tflite`)]);
  const network = await readNetwork(model);
  return { model, network, graph: buildGraph(network) };
}

/** The elements of every tensor that is on an edge, with the values of the edges moved. */
async function movedElements(
  graph: ParameterGraph,
  permutation: Int32Array,
): Promise<Map<string, Float32Array>> {
  const values = await readAllValues(graph.blocks, graph.groups);
  const elements = new Map<string, Float32Array>();
  for (const [index, block] of graph.blocks.entries()) {
    if (block.values.kind === 'constant') continue;
    const { tensor } = block.values;
    const own = elements.get(tensor.name) ?? (await readTensor(tensor)).slice();
    elements.set(tensor.name, own);
    writeBlockValues(block, graph.groups, permuteBlockValues(block, graph, permutation, values[index]), own);
  }
  return elements;
}

describe.each(Object.entries(NETWORKS))('TensorFlow Lite: %s', (name, { inputs, parameters }) => {
  it('is placed completely, every parameter on exactly one edge', async () => {
    const { graph, network } = await open(name);
    expect(network.notUnderstood).toEqual([]);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: parameters, all: parameters });
    const uses = new Map<string, Uint8Array>();
    for (const block of graph.blocks) {
      if (block.values.kind === 'constant') continue;
      const { tensor } = block.values;
      const counts = uses.get(tensor.name) ?? new Uint8Array(tensor.elementCount);
      uses.set(tensor.name, counts);
      forEachEdge(block, graph.groups, (_, offset) => {
        counts[offset]++;
      });
    }
    for (const [tensor, counts] of uses) {
      expect(
        counts.every((count) => count === 1),
        tensor,
      ).toBe(true);
    }
  });

  it('computes the same after random symmetries, and something else without one', async () => {
    const { model, graph } = await open(name);
    const before = await runProgram(model, inputs);
    expect(symmetryFactors(graph).some((factors) => factors.some(({ isFixed }) => !isFixed))).toBe(true);
    for (const seed of [1, 2, 3]) {
      const permutation = randomSymmetry(graph, seededRandom(seed));
      expect(permutation.some((node, index) => node !== index)).toBe(true);
      const after = await runProgram(model, inputs, await movedElements(graph, permutation));
      expect(relativeDifference(after[0], before[0])).toBeLessThan(SAME_FUNCTION);
    }
    // Two input channels, or two rows of a table that the example looks up, are no symmetry.
    const group = graph.groups.find(({ isOrdered, isOutput, count }) => isOrdered && !isOutput && count > 1);
    if (!group) return;
    const [a, b] = group.kind === 'row' ? inputs[0].values : [0, 1];
    const exchanged = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
    [exchanged[group.first + a], exchanged[group.first + b]] = [group.first + b, group.first + a];
    const after = await runProgram(model, inputs, await movedElements(graph, exchanged));
    expect(relativeDifference(after[0], before[0])).toBeGreaterThan(10 * SAME_FUNCTION);
  });
});
