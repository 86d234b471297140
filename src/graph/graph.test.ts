import { describe, expect, it } from 'vitest';
import {
  fixtureNames,
  openGraph,
  readFixture,
  relativeDifference,
  runOnnx,
  storedExample,
  withEdgeValues,
} from '../testing';
import {
  type EdgeBlock,
  forEachEdge,
  type ParameterGraph,
  permuteBlockValues,
  randomSymmetry,
  readAllValues,
  seededRandom,
  symmetryFactors,
} from '.';

/** Networks that ONNX Runtime computes in float32, where a sum in another order differs by this much (relative). */
const SAME_FUNCTION = 1e-5;
/** A permutation that is no symmetry must change the output by more than ten times what rounding may. */
const OTHER_FUNCTION = 1e-4;

const EXPORTED = fixtureNames().filter((name) => /\.(old|new)$/.test(name) && !name.startsWith('gmn'));

function permuted(
  graph: ParameterGraph,
  values: readonly Float32Array[],
  permutation: Int32Array,
): Float32Array[] {
  return graph.blocks.map((block, index) => permuteBlockValues(block, graph, permutation, values[index]));
}

/** Exchanges two nodes and leaves the rest. */
function swap(graph: ParameterGraph, a: number, b: number): Int32Array {
  const permutation = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
  [permutation[a], permutation[b]] = [b, a];
  return permutation;
}

describe.each(EXPORTED)('%s', (name) => {
  const bytes = readFixture(`${name}.onnx`);

  it('is placed completely, every parameter on exactly one edge', async () => {
    const { graph } = await openGraph(bytes, name);
    expect(graph.unplaced).toEqual([]);
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
    for (const [tensor, counts] of uses)
      expect(
        counts.every((count) => count === 1),
        tensor,
      ).toBe(true);
    const placed = [...uses.values()].reduce((total, counts) => total + counts.length, 0);
    expect(graph.parameters).toEqual({ placed, all: placed });
  });

  it('gives its file back bit for bit when its edge values are written to it', async () => {
    const { graph } = await openGraph(bytes, name);
    const values = await readAllValues(graph.blocks, graph.groups);
    expect(withEdgeValues(bytes, graph, values)).toEqual(bytes);
  });

  it('computes in ONNX Runtime what it computed in PyTorch', async () => {
    const { model } = await openGraph(bytes, name);
    expect(relativeDifference(await runOnnx(bytes, model), storedExample(model).output.values)).toBeLessThan(
      SAME_FUNCTION,
    );
  });

  it('computes the same after random symmetries', async () => {
    const { model, graph } = await openGraph(bytes, name);
    const values = await readAllValues(graph.blocks, graph.groups);
    const before = await runOnnx(bytes, model);
    const hasFreedom = symmetryFactors(graph).some((factors) => factors.some(({ isFixed }) => !isFixed));
    const moving = Array.from({ length: 20 }, (_, seed) => randomSymmetry(graph, seededRandom(seed)))
      .filter((permutation) => permutation.some((node, index) => node !== index))
      .slice(0, 3);
    expect(moving).toHaveLength(hasFreedom ? 3 : 0);
    for (const permutation of moving) {
      const moved = withEdgeValues(bytes, graph, permuted(graph, values, permutation));
      expect(moved).not.toEqual(bytes);
      expect(relativeDifference(await runOnnx(moved, model), before)).toBeLessThan(SAME_FUNCTION);
    }
  });

  it('computes something else when two ordered nodes are exchanged', async () => {
    const { model, graph } = await openGraph(bytes, name);
    const { input } = storedExample(model);
    const group = graph.groups.find(({ isOrdered, isOutput, count }) => isOrdered && !isOutput && count > 1);
    expect(group).toBeDefined();
    if (!group) return;
    // Rows of a table that the example looks up, or the first two channels.
    const [a, b] = group.kind === 'row' ? [...new Set(input.values)] : [0, 1];
    const values = await readAllValues(graph.blocks, graph.groups);
    const before = await runOnnx(bytes, model);
    const moved = permuted(graph, values, swap(graph, group.first + a, group.first + b));
    const after = await runOnnx(withEdgeValues(bytes, graph, moved), model);
    expect(relativeDifference(after, before)).toBeGreaterThan(OTHER_FUNCTION);
  });

  it('computes something else when only one side of a layer is permuted', async () => {
    const { model, graph } = await openGraph(bytes, name);
    const values = await readAllValues(graph.blocks, graph.groups);
    const before = await runOnnx(bytes, model);
    const candidates = graph.blocks.filter(({ kind, target }) => {
      const { count, isOutput } = graph.groups[target];
      return (kind === 'linearWeight' || kind === 'convWeight') && count > 1 && !isOutput;
    });
    // Two neurons may both be silent on the one example; not in every layer.
    let largest = 0;
    for (const block of candidates) {
      const { first, count } = graph.groups[block.target];
      const moved = graph.blocks.map((other, index) =>
        other === block
          ? permuteBlockValues(other, graph, swap(graph, first, first + count - 1), values[index])
          : values[index],
      );
      const after = await runOnnx(withEdgeValues(bytes, graph, moved), model);
      largest = Math.max(largest, relativeDifference(after, before));
    }
    expect(largest).toBeGreaterThan(OTHER_FUNCTION);
  });
});

describe.each(EXPORTED.filter((name) => /attention|transformer|encoder|language/.test(name)))(
  'attention in %s',
  (name) => {
    const bytes = readFixture(`${name}.onnx`);

    it('has shared query and key nodes, value nodes and one node per head', async () => {
      const { graph } = await openGraph(bytes, name);
      const kinds = new Set(graph.groups.map(({ kind }) => kind));
      for (const kind of ['queryKey', 'value', 'head'] as const) expect(kinds).toContain(kind);
      const edges = new Set(graph.blocks.map(({ kind }) => kind));
      for (const kind of ['query', 'key', 'value', 'queryBias', 'keyBias', 'valueBias', 'head'] as const) {
        expect(edges).toContain(kind);
      }
    });

    it('computes something else when queries are permuted without their keys, or across heads', async () => {
      const { model, graph } = await openGraph(bytes, name);
      const values = await readAllValues(graph.blocks, graph.groups);
      const before = await runOnnx(bytes, model);
      const group = graph.groups.findIndex(({ kind }) => kind === 'queryKey');
      const { first, count } = graph.groups[group];
      const withoutKeys = graph.blocks.map((block, index) =>
        block.kind === 'query' || block.kind === 'queryBias'
          ? permuteBlockValues(block, graph, swap(graph, first, first + 1), values[index])
          : values[index],
      );
      const acrossHeads = permuted(graph, values, swap(graph, first, first + count - 1));
      for (const moved of [withoutKeys, acrossHeads]) {
        const after = await runOnnx(withEdgeValues(bytes, graph, moved), model);
        expect(relativeDifference(after, before)).toBeGreaterThan(OTHER_FUNCTION);
      }
    });
  },
);

describe('counts published with the GMN code', () => {
  /** Nodes and edges that only our rules have: the running statistics of batch norm, which GMN leaves out. */
  const OURS_ONLY = new Set(['normMean', 'normVariance']);

  it.each([
    ['gmn-block', 7, 22, 23],
    ['gmn-projected-block', 13, 68, 70],
    ['gmn-layer-norm', 9, 16, 16],
    ['gmn-conv1d', 9, 20, 20],
  ])('%s: %d nodes, %d parameters, %d edges', async (name, nodes, parameters, edges) => {
    const { graph } = await openGraph(readFixture(`${name}.old.onnx`), name);
    const shared = graph.blocks.filter(({ kind }) => !OURS_ONLY.has(kind));
    const count = (blocks: readonly EdgeBlock[]) =>
      blocks.reduce((total, { edgeCount }) => total + edgeCount, 0);
    const nodeGroups = graph.groups.filter(({ kind }) => !OURS_ONLY.has(kind));
    expect(nodeGroups.reduce((total, group) => total + group.count, 0)).toBe(nodes);
    expect(count(shared)).toBe(edges);
    expect(count(shared.filter(({ values }) => values.kind === 'tensor'))).toBe(parameters);
  });
});

describe('symmetries', () => {
  it('move heads as wholes, dimensions within heads, and leave ordered nodes', async () => {
    const { graph } = await openGraph(readFixture('vision-transformer.old.onnx'), 'vit');
    const permutation = randomSymmetry(graph, seededRandom(1));
    const headOf = (node: number, group: { first: number; count: number }) =>
      Math.floor((2 * (node - group.first)) / group.count);
    for (const group of graph.groups) {
      const nodes = Array.from({ length: group.count }, (_, index) => group.first + index);
      if (group.isOrdered) expect(nodes.map((node) => permutation[node])).toEqual(nodes);
      if (group.kind !== 'queryKey' && group.kind !== 'value') continue;
      for (const node of nodes) {
        const mate = nodes.find((other) => other !== node && headOf(other, group) === headOf(node, group));
        if (mate === undefined) continue;
        expect(headOf(permutation[node], group)).toBe(headOf(permutation[mate], group));
      }
    }
  });

  it('are the same for the same seed', async () => {
    const { graph } = await openGraph(readFixture('residual.old.onnx'), 'residual');
    expect(randomSymmetry(graph, seededRandom(7))).toEqual(randomSymmetry(graph, seededRandom(7)));
    expect(randomSymmetry(graph, seededRandom(7))).not.toEqual(randomSymmetry(graph, seededRandom(8)));
  });
});
