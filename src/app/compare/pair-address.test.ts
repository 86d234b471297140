import { describe, expect, it } from 'vitest';
import { comparisonHash, type NamedComparison, readComparison } from './pair-address';

const EMPTY: NamedComparison = { left: undefined, right: undefined, series: undefined };

describe('the address of a comparison', () => {
  it.each<[string, NamedComparison]>([
    ['#compare', {}],
    ['#compare&left=sample/a+b.onnx', { left: { kind: 'sample', file: 'a b.onnx' } }],
    [
      '#compare&left=zoo/varying-cnns/run1-0.onnx&right=shuffled/7',
      {
        left: { kind: 'zoo', zoo: 'varying-cnns', name: 'run1-0.onnx' },
        right: { kind: 'shuffled', seed: 7 },
      },
    ],
    ['#compare&series=varying-cnns/run00017', { series: { zoo: 'varying-cnns', run: 'run00017' } }],
  ])('%s is read as it was written', (hash, comparison) => {
    expect(comparisonHash(comparison)).toBe(hash);
    expect(readComparison(hash)).toEqual({ ...EMPTY, ...comparison });
  });

  it.each([
    '#compare&left=elsewhere/x',
    '#compare&right=shuffled/-1',
    '#compare&left=zoo/only',
    '#compare&series=zoo',
  ])('%s names nothing', (hash) => {
    expect(readComparison(hash)).toEqual(EMPTY);
  });
});
