/**
 * Layers that stand side by side by their names: each reads what the other reads, so that no chain holds both. Their shapes often
 * fit one after the other all the same.
 */
import type { WeightLayer } from './order';

const SPREADS = ['log_std', 'logstd', 'log_var', 'logvar', 'log_sigma', 'logsigma', 'sigma', 'std', 'var'];

/** What people call two layers that read the same: attention, gated layers, distributions, actors with their critics. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['q', 'k'],
  ['query', 'key'],
  ['queries', 'keys'],
  ['gate', 'up'],
  ...['mu', 'mean'].flatMap((mean) => SPREADS.map((spread) => [mean, spread] as const)),
  ['actor', 'critic'],
  ['policy', 'value'],
  ['advantage', 'value'],
  ['adv', 'val'],
];

/** A word within a name ("to_q", "q_proj", "fc_mu"), or behind the w of a weight ("wq"). */
const RULES = PAIRS.map(([one, other]) => ({
  word: new RegExp(`(^[wW]?|_)${one}(?=[_\\d]|$)`),
  other: `$1${other}`,
}));

/** Names of the first two that stand side by side. */
export function findSideBySide(layers: readonly WeightLayer[]): readonly [string, string] | undefined {
  const paths = new Set(layers.flatMap(({ path }) => prefixesOf(path)));
  for (const path of paths) {
    const start = path.slice(0, path.lastIndexOf('.') + 1);
    const name = path.slice(start.length);
    const twin = RULES.map(({ word, other }) => start + name.replace(word, other)).find(
      (other) => other !== path && paths.has(other),
    );
    if (twin) return [path, twin];
  }
  return undefined;
}

/** "a.b.c" is within "a", "a.b" and itself. */
const prefixesOf = (path: string) =>
  path.split('.').map((_, index, names) => names.slice(0, index + 1).join('.'));
