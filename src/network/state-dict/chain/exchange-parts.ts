/**
 * An order for layers whose parts ("encoder", "decoder") stand in an order that does not fit: parts change places, at every
 * depth of the names, but none is torn apart.
 */
import { follows, type WeightLayer } from './order';

/** Of each part so many orders are kept that begin or end differently. */
const MAX_ARRANGEMENTS = 8;

/** Trials for the whole network. */
const MAX_STEPS = 100_000;

/** Layers in an order in which each can follow the one before it. */
type Arrangement = readonly WeightLayer[];

/** A layer, or parts, in the order of their names. */
type Part = WeightLayer | { readonly parts: Part[] };

/** The first order that fits; undefined where none does, none was found in time, or there are no parts. `layers` come by their names. */
export function exchangeParts(layers: readonly WeightLayer[]): Arrangement | undefined {
  const parts = partsOf(layers, 0);
  if (!parts.some((part) => 'parts' in part)) return undefined;
  return arrange({ parts }, { steps: MAX_STEPS })[0];
}

/** Layers whose names agree up to `depth` parts, by the next part. */
function partsOf(layers: readonly WeightLayer[], depth: number): Part[] {
  const byName = new Map<string, WeightLayer[]>();
  const alone: Part[] = [];
  for (const layer of layers) {
    const name = layer.path.split('.')[depth];
    if (name === undefined) alone.push(layer);
    else byName.set(name, [...(byName.get(name) ?? []), layer]);
  }
  const parts = [...byName.values()].map((own): Part => {
    const [first] = own;
    return own.length === 1 && first ? first : { parts: partsOf(own, depth + 1) };
  });
  return [...alone, ...parts];
}

/** Orders of a part that begin or end differently, likeliest first. */
function arrange(part: Part, budget: { steps: number }): Arrangement[] {
  if (!('parts' in part)) return [[part]];
  const choices = part.parts.map((inner) => arrange(inner, budget));
  const found = new Map<string, Arrangement>();
  const extend = (layers: Arrangement, rest: readonly Arrangement[][]) => {
    if (rest.length === 0) found.set(endsOf(layers), found.get(endsOf(layers)) ?? layers);
    for (const [index, arrangements] of rest.entries()) {
      for (const next of arrangements) {
        if (budget.steps-- <= 0 || found.size >= MAX_ARRANGEMENTS) return;
        const last = layers.at(-1);
        if (last && next[0] && !follows(next[0], last)) continue;
        extend(
          [...layers, ...next],
          rest.filter((_, other) => other !== index),
        );
      }
    }
  };
  extend([], choices);
  return [...found.values()];
}

/** What comes before and after sees nothing else of an arrangement. */
function endsOf(layers: Arrangement): string {
  const [first, last] = [layers[0], layers[layers.length - 1]];
  return [first, last].map((layer) => `${layer?.reads} ${layer?.writes} ${layer?.kernel}`).join();
}
