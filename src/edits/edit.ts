/**
 * Edits of a network's values. An edit is plain JSON: with the same file it gives the same values on every machine, so that a
 * list of them can be shared and played again.
 */
import { UnsupportedModelError } from '../network';

/** `layer` is an index into the network's layers (all where it is absent), `group` one into the graph's node groups. */
export type Edit =
  /** Sets the share of weights with the smallest magnitude, or the lowest score, to 0; across layers, not in each. */
  | { readonly kind: 'prune'; readonly share: number; readonly layer?: number; readonly score?: string }
  /** Adds normal noise with this share of each tensor's standard deviation. */
  | { readonly kind: 'noise'; readonly share: number; readonly seed: number; readonly layer?: number }
  /** Rounds weights to whole multiples of a scale that 2^bits − 1 values, symmetric about 0, reach. */
  | {
      readonly kind: 'quantise';
      readonly bits: number;
      readonly per: 'tensor' | 'channel';
      readonly layer?: number;
    }
  /** Multiplies all parameters of a layer, and with them what it writes. */
  | { readonly kind: 'scale'; readonly factor: number; readonly layer: number }
  /** Draws the parameters of a layer anew. */
  | { readonly kind: 'reinitialise'; readonly seed: number; readonly layer: number }
  /** Goes this share of the way to another checkpoint of the same structure. */
  | { readonly kind: 'interpolate'; readonly share: number; readonly checkpoint: string }
  /** A random symmetry: of all groups, of one and those tied to it, or of one of its factors (heads, dimensions). */
  | { readonly kind: 'permute'; readonly seed: number; readonly group?: number; readonly factor?: number }
  /** No symmetry: permutes what writes a group, and leaves what reads it. */
  | { readonly kind: 'permute-one-side'; readonly seed: number; readonly group: number }
  /** Multiplies what writes a group by random factors from 1/largest to largest, and divides what reads it by them. */
  | {
      readonly kind: 'rescale';
      readonly seed: number;
      readonly group: number;
      readonly largest: number;
    }
  /** Multiplies what writes a random half of a group, and what reads it, by −1. */
  | { readonly kind: 'flip-signs'; readonly seed: number; readonly group: number };

type Check = (value: unknown) => boolean;

const isShare: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isName: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isOneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const PARAMETERS: { readonly [Kind in Edit['kind']]: Readonly<Record<string, Check>> } = {
  prune: { share: isShare, layer: maybe(isCount), score: maybe(isName) },
  noise: {
    share: (value) => isNumber(value) && (value as number) >= 0,
    seed: isCount,
    layer: maybe(isCount),
  },
  quantise: { bits: isOneOf(4, 8), per: isOneOf('tensor', 'channel'), layer: maybe(isCount) },
  scale: { factor: isNumber, layer: isCount },
  reinitialise: { seed: isCount, layer: isCount },
  interpolate: { share: isNumber, checkpoint: isName },
  permute: { seed: isCount, group: maybe(isCount), factor: maybe(isCount) },
  'permute-one-side': { seed: isCount, group: isCount },
  rescale: { seed: isCount, group: isCount, largest: (value) => isNumber(value) && (value as number) >= 1 },
  'flip-signs': { seed: isCount, group: isCount },
};

/** An edit that came from outside: a link, a file. Throws UnsupportedModelError where it is none. */
export function readEdit(value: unknown): Edit {
  const entries = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const kind = entries.get('kind');
  const checks =
    typeof kind === 'string' && Object.hasOwn(PARAMETERS, kind)
      ? PARAMETERS[kind as Edit['kind']]
      : undefined;
  if (!checks) throw refuse(`There is no edit of the kind "${String(kind).slice(0, 40)}"`);
  for (const [name, isValid] of Object.entries(checks)) {
    if (!isValid(entries.get(name))) throw refuse(`The edit "${kind}" has no ${name} that can be used`);
  }
  for (const name of entries.keys()) {
    if (name !== 'kind' && !Object.hasOwn(checks, name))
      throw refuse(`The edit "${kind}" has no parameter "${name.slice(0, 40)}"`);
  }
  return Object.fromEntries(entries) as unknown as Edit;
}

const refuse = (what: string) =>
  new UnsupportedModelError(what, 'list of edits', 'Make the edits again on this page, and share them anew.');
