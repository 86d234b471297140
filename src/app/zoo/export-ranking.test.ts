import { describe, expect, it } from 'vitest';
import type { Card } from '../../metanets/card';
import type { RankResult } from '../../tasks';
import { rankingCsv, rankingJson } from './export-ranking';
import { rankedRows } from './ranked-rows';

const ranked = (path: string, accuracy: number, reasons: string[] = []): RankResult => ({
  kind: 'ranked',
  path,
  sha256: 'ab12',
  verdict: {
    accuracy,
    low: accuracy - 0.05,
    high: accuracy + 0.05,
    domain: { distance: 0.5, embeddingDistance: 0.5, isInside: reasons.length === 0, reasons },
  },
  zoo: 'varying-cnns',
  parameters: { placed: 90, all: 100 },
  known: { accuracy: 0.5, dataset: 'CIFAR-10' },
});
const refused: RankResult = {
  kind: 'refused',
  path: 'c, "the" file.onnx',
  sha256: undefined,
  reason: 'The file is empty (c). Export it again.',
};
const results = [
  refused,
  ranked('strange.onnx', 0.9, ['it has 3 outputs', 'other']),
  ranked('b.onnx', 0.25),
  ranked('a.onnx', 0.5),
];

describe('rankedRows', () => {
  it('puts the best first, then what is unlike the zoo, then what was refused; only the zoo’s kind has ranks', () => {
    expect(rankedRows(results).map(({ rank, result }) => [rank, result.path])).toEqual([
      [1, 'a.onnx'],
      [2, 'b.onnx'],
      [undefined, 'strange.onnx'],
      [undefined, refused.path],
    ]);
  });
});

describe('a ranking as a file', () => {
  it('is CSV with a head, and quotes what must be quoted', () => {
    const lines = rankingCsv(rankedRows(results)).split('\r\n');
    expect(lines).toEqual([
      'rank,file,sha256,predicted_accuracy,interval_low,interval_high,zoo,like_the_zoo,unlike_because,parameters,parameters_read,known_accuracy,known_dataset,refused_because',
      '1,a.onnx,ab12,0.5,0.45,0.55,varying-cnns,true,,100,90,0.5,CIFAR-10,',
      '2,b.onnx,ab12,0.25,0.2,0.3,varying-cnns,true,,100,90,0.5,CIFAR-10,',
      ',strange.onnx,ab12,0.9,0.85,0.9500000000000001,varying-cnns,false,it has 3 outputs; other,100,90,0.5,CIFAR-10,',
      ',"c, ""the"" file.onnx",,,,,,,,,,,,The file is empty (c). Export it again.',
      '',
    ]);
  });

  it('is JSON that says which metanet spoke', () => {
    const card = {
      metanet: 'gmn',
      name: 'GMN',
      task: { dataset: 'CIFAR-10' },
      interval: { coverage: 0.9 },
    } as Card;
    const backends = [{ zoo: 'varying-cnns', card }];
    const { metanets, networks } = JSON.parse(rankingJson(rankedRows(results), backends));
    expect(metanets['varying-cnns']).toMatchObject({
      name: 'GMN',
      dataset: 'CIFAR-10',
      intervalCoverage: 0.9,
    });
    expect(networks[0]).toMatchObject({ rank: 1, file: 'a.onnx', predicted_accuracy: 0.5 });
    expect(networks[3]).toEqual({ file: refused.path, refused_because: expect.stringContaining('empty') });
  });
});
