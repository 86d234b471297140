import { describe, expect, it } from 'vitest';
import { inverse, marksOf } from './marks';

/** Nodes 0 to 3 of the right model stand at 1, 3, 2, 0 of the left one. */
const permutation = Int32Array.of(1, 3, 2, 0);

describe('a selected node and its counterparts', () => {
  it('of the left model: the right node aligned with it, and the one of the same number', () => {
    expect(marksOf({ side: 'left', node: 3 }, permutation)).toEqual({
      left: { node: 3, samePlace: undefined },
      right: { node: 1, samePlace: 3 },
    });
  });

  it('of the right model: the same the other way round', () => {
    expect(marksOf({ side: 'right', node: 3 }, permutation)).toEqual({
      left: { node: 0, samePlace: 3 },
      right: { node: 3, samePlace: undefined },
    });
  });

  it('are one where the neuron has not moved', () => {
    expect(marksOf({ side: 'left', node: 2 }, permutation).right).toEqual({ node: 2, samePlace: undefined });
  });

  it('are unknown where the models have not been aligned', () => {
    const { left, right } = marksOf({ side: 'right', node: 2 }, undefined);
    expect([left.node, right.node]).toEqual([undefined, 2]);
  });
});

it('the inverse of a permutation undoes it', () => {
  const back = inverse(permutation);
  expect([...permutation].map((to) => back[to])).toEqual([0, 1, 2, 3]);
});
