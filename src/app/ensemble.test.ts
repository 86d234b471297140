import { describe, expect, it } from 'vitest';
import { type Ensemble, together } from './ensemble';

const ensemble: Ensemble = {
  name: 'Together',
  weights: { gmn: 0.75, statnn: 0.25 },
  test: { r2: 0.9, tau: 0.8, meanAbsoluteError: 0.03 },
  interval: { coverage: 0.9, halfWidth: 0.125, testCoverage: 0.9 },
};
const say = (metanet: string, accuracy: number) => ({ metanet, accuracy });

describe('all metanets together', () => {
  it('say the weighted mean, whatever else was said', () => {
    const all = [say('gmn', 0.5), say('dmc', 0), say('statnn', 0.25)];
    expect(together(ensemble, all, [])).toMatchObject({
      ...{ name: 'Together', accuracy: 0.4375, low: 0.3125, high: 0.5625, r2: 0.9 },
    });
  });

  it('say nothing before each has', () => {
    expect(together(ensemble, [say('gmn', 0.5)], [])).toBeUndefined();
  });
});
