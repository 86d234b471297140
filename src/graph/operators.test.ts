import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../formats';
import { readNetwork } from '../network';
import { relativeDifference } from '../testing';
import {
  buildGraph,
  type EdgeBlock,
  isWeightBlock,
  type ParameterGraph,
  randomSymmetry,
  readAllValues,
  seededRandom,
} from '.';
import { expectedNodes } from './operator-nodes';
import {
  edgesByElement,
  movedElements,
  operatorFixtures,
  readOperatorFixture,
  runExamples,
  statedFacts,
  withMovedElements,
} from './testing';

/** ONNX Runtime computes in float32, where a sum in another order differs by this much (relative). */
const SAME_FUNCTION = 1e-5;
/** A permutation that is no symmetry must change the output by more than ten times what rounding may. */
const OTHER_FUNCTION = 1e-4;
/** Data that is rounded to a byte: what lies between two steps is rounded up in one place and down in another. */
const ROUNDED_DATA = 1e-2;
/** A model that computes in bytes against the same one in real numbers, where steps of 1/128 add up. */
const QUANTISED = 0.1;

/** ONNX Runtime has no such operator on ordinary processors, neither here nor in Python. */
const NOT_RUN: ReadonlySet<string> = new Set([
  ...['type-float4e2m1', 'listed-float4e2m1'], // DequantizeLinear of it
  ...['microsoft-group-norm', 'microsoft-skip-group-norm', 'multi-head-attention-packed'],
]);
const NAMES = operatorFixtures();
const RUNNING = NAMES.filter((name) => !NOT_RUN.has(name));
const QUANTISING = /^(qdq|qlinear|dynamic|qgemm|qattention)|\.(dynamic|static)$/;
/** Their scales, or places, would have to move along: what they are is told by their twins. */
const UNMOVABLE = /^(sparse|packed|listed|quantised|qgemm|dynamic-fused|.*(per-channel|blocked))[^.]*$/;
/** A table that is the last layer's weight too. */
const SHARED = new Map([['hugging-face-gpt2.old', 'model.transformer.wte.weight']]);

async function open(name: string) {
  const bytes = readOperatorFixture(name);
  const model = await openModel([memorySource(bytes, `${name}.onnx`)]);
  const network = await readNetwork(model);
  return { bytes, model, network, graph: buildGraph(network), ...statedFacts(model) };
}

const stated = (examples: Awaited<ReturnType<typeof open>>['examples']) =>
  examples.map(({ outputs: [{ values }] }) => Float32Array.from(values, Number));

/** The largest difference over all examples. */
const difference = (actual: readonly Float32Array[], expected: readonly Float32Array[]) =>
  Math.max(...expected.map((values, example) => relativeDifference(actual[example], values)));

/** Exchanges two nodes and leaves the rest. */
function exchanged(graph: ParameterGraph, a: number, b: number): Int32Array {
  const permutation = Int32Array.from({ length: graph.nodeCount }, (_, node) => node);
  [permutation[a], permutation[b]] = [b, a];
  return permutation;
}

describe.each(NAMES)('%s', (name) => {
  it('is placed completely, every parameter on exactly one edge', async () => {
    const { graph, network, parameters } = await open(name);
    expect(network.notUnderstood).toEqual([]);
    const isBranchLeft = name === 'if-known';
    expect(graph.unplaced).toEqual(
      isBranchLeft
        ? [{ name: 'w2', elementCount: 30, reason: 'is used in a branch of "If 3" that is not taken' }]
        : [],
    );
    expect(graph.parameters).toEqual({ placed: parameters - (isBranchLeft ? 30 : 0), all: parameters });
    expect(graph.nodeCount).toBe(expectedNodes(name));
    for (const [tensor, counts] of edgesByElement(graph)) {
      const expected = SHARED.get(name) === tensor ? 2 : 1;
      expect(
        counts.every((count) => count === expected),
        tensor,
      ).toBe(true);
    }
  });
});

describe.each(RUNNING)('%s', (name) => {
  it('computes in the browser’s ONNX Runtime what it computed in Python’s', async () => {
    const { bytes, examples } = await open(name);
    expect(difference(await runExamples(bytes, examples), stated(examples))).toBeLessThan(
      QUANTISING.test(name) ? ROUNDED_DATA : SAME_FUNCTION,
    );
  });
});

describe.each(RUNNING.filter((name) => !UNMOVABLE.test(name)))('%s', (name) => {
  it('computes the same after random symmetries', async () => {
    const { bytes, model, graph, examples } = await open(name);
    const before = await runExamples(bytes, examples);
    const moving = Array.from({ length: 20 }, (_, seed) => randomSymmetry(graph, seededRandom(seed)))
      .filter((permutation) => permutation.some((node, index) => node !== index))
      .slice(0, 3);
    expect(moving).toHaveLength(3);
    for (const permutation of moving) {
      const moved = withMovedElements(
        bytes,
        model,
        movedElements(graph, () => permutation),
      );
      expect(moved).not.toEqual(bytes);
      expect(difference(await runExamples(moved, examples), before)).toBeLessThan(SAME_FUNCTION);
    }
  });

  it('computes something else when two ordered nodes are exchanged', async () => {
    const { bytes, model, graph, examples } = await open(name);
    const before = await runExamples(bytes, examples);
    let largest = 0;
    const isTied = (group: number) => graph.ties.some((tie) => tie.includes(group));
    for (const [index, { first, count, isOrdered, isOutput }] of graph.groups.entries()) {
      if (!isOrdered || isOutput || count < 2 || isTied(index)) continue;
      const permutation = exchanged(graph, first, first + count - 1);
      const moved = withMovedElements(
        bytes,
        model,
        movedElements(graph, () => permutation),
      );
      largest = Math.max(largest, difference(await runExamples(moved, examples), before));
    }
    expect(largest).toBeGreaterThan(OTHER_FUNCTION);
  });

  it('computes something else when one side of any layer is permuted', async () => {
    const { bytes, model, graph, examples } = await open(name);
    const before = await runExamples(bytes, examples);
    const isCandidate = ({ kind, target, tensorName }: EdgeBlock) =>
      isWeightBlock({ kind }) &&
      graph.groups[target].count > 1 &&
      graph.blocks.filter((other) => other.tensorName === tensorName && other.target === target).length ===
        1 &&
      tensorName !== SHARED.get(name);
    for (const block of graph.blocks.filter(isCandidate)) {
      const { first, count } = graph.groups[block.target];
      const permutation = exchanged(graph, first, first + count - 1);
      const moves = movedElements(graph, (other) => (other === block ? permutation : undefined));
      const after = await runExamples(withMovedElements(bytes, model, moves), examples);
      expect(difference(after, before), `${block.kind} ${block.name}`).toBeGreaterThan(OTHER_FUNCTION);
    }
  });
});

describe('norms that come in pieces', () => {
  it.each([
    ['instance-norm-pieces', 'instance'],
    ['group-norm-pieces', 'group'],
    ['group-norm-means', 'group'],
    ['layer-norm-pieces', 'layer'],
    ['hugging-face-bert.old', 'layer'],
    ['hugging-face-llama.old', 'rms'],
  ])('%s: a norm of the kind %s', async (name, norm) => {
    const { network } = await open(name);
    const norms = network.layers.flatMap(({ operation }) =>
      operation.kind === 'norm' ? [operation.norm] : [],
    );
    expect(new Set(norms)).toEqual(new Set([norm]));
  });
});

/** The same model with its weights written as real numbers; for tensors written number by number, as bytes. */
const twinOf = (name: string) =>
  name.startsWith('listed-') ? name.replace('listed', 'type') : `${name}.twin`;

describe.each(NAMES.filter((name) => NAMES.includes(twinOf(name))))(
  '%s and its twin of real numbers',
  (name) => {
    it('are the same graph, with the same values', async () => {
      const [own, twin] = await Promise.all([open(name), open(twinOf(name))]);
      const shapeOf = ({ groups, blocks }: ParameterGraph) => ({
        groups: groups.map(({ kind, count, orderedRun, activation }) => ({
          kind,
          count,
          orderedRun,
          activation,
        })),
        blocks: blocks.map(({ kind, source, target, pattern, groups: parts, taps, tensorName }) => {
          return { kind, source, target, pattern, parts, taps, tensorName };
        }),
      });
      expect(shapeOf(own.graph)).toEqual(shapeOf(twin.graph));
      const [values, real] = await Promise.all(
        [own, twin].map(({ graph }) => readAllValues(graph.blocks, graph.groups)),
      );
      real.forEach((expected, block) => {
        expect(relativeDifference(values[block], expected), own.graph.blocks[block].name).toBeLessThan(1e-6);
      });
    });

    it.skipIf(NOT_RUN.has(name))('compute the same but for the rounding of data', async () => {
      const [own, twin] = await Promise.all([open(name), open(twinOf(name))]);
      const [actual, expected] = [
        await runExamples(own.bytes, own.examples),
        await runExamples(twin.bytes, own.examples),
      ];
      const bound = QUANTISING.test(name) ? QUANTISED : SAME_FUNCTION;
      expect(difference(actual, expected)).toBeLessThan(bound);
    });
  },
);
