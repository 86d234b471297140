/**
 * What transformers are made of, written into a program as exporters write it: heads are split off, compared, weighed and
 * joined again.
 */
import type { StoredTensor } from '../../formats';
import { type InferenceBuilder, MismatchError, type Value } from './inference-builder';
import { conv, layerNorm, need, pick, reshape, sum, transpose } from './layers';
import type { Module } from './module';
import { count } from './settings';

/** Dimensions of a head in nearly every transformer whose file does not say. */
const USUAL_HEAD_SIZE = 64;

/** Number of heads that `width` is divided into: as the configuration or a person says, or of the usual size. */
export function headCount(builder: InferenceBuilder, width: number): number {
  const stated = count(builder.settings, 'num_attention_heads', 'n_head', 'n_heads', 'num_heads');
  if (stated === undefined) return chooseHeads(builder, width, divisors(width), USUAL_HEAD_SIZE);
  if (width % stated)
    throw new MismatchError(`its configuration has ${stated} heads for ${width} dimensions`);
  return stated;
}

/** Numbers that divide `width`, smallest first. */
export function divisors(width: number): number[] {
  const small: number[] = [];
  for (let count = 1; count * count <= width; count++) if (width % count === 0) small.push(count);
  return [...new Set([...small, ...small.map((count) => width / count).reverse()])];
}

/** One of the `fitting` numbers of heads: that with heads of the usual size, or else the fewest. */
export function chooseHeads(
  builder: InferenceBuilder,
  width: number,
  fitting: readonly number[],
  usualSize: number,
): number {
  const isUsual = fitting.includes(width / usualSize);
  const usual = isUsual ? width / usualSize : fitting[0];
  const heads = builder.choices.count('heads', 'Attention heads', usual, fitting);
  if (builder.choices.isCorrected('heads')) return heads;
  const advice = '(a config.json dropped beside the file would tell)';
  builder.assume(
    isUsual
      ? `Heads of ${usualSize} dimensions, as is usual ${advice}`
      : `${usual === 1 ? 'One head' : `${usual} heads`}: ${width} dimensions are not a multiple of ${usualSize} ${advice}`,
  );
  return heads;
}

export interface AttentionParts {
  /** [1, length, heads · size]; keys and values may have fewer heads. */
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
  readonly heads: number;
  /** Heads of keys and values, if several query heads share one. */
  readonly keyHeads?: number;
  /** What happens to queries and keys head by head, [1, heads, length, size] in and out. */
  readonly turnQueries?: (x: Value) => Value;
  readonly turnKeys?: (x: Value) => Value;
  readonly label: string;
}

const unchanged = (x: Value) => x;

/** Multi-head attention, [1, length, heads · size]. */
export function attention(builder: InferenceBuilder, parts: AttentionParts): Value {
  const { heads, keyHeads = heads, turnQueries = unchanged, turnKeys = unchanged } = parts;
  const [, length, width] = parts.queries.shape;
  const share = heads / keyHeads;
  if (!Number.isInteger(share) || width % heads || parts.keys.shape[2] * share !== width)
    throw new MismatchError(
      `${parts.label} compares ${width} dimensions with ${parts.keys.shape[2]} in ${heads} heads`,
    );
  const split = (x: Value, count: number) =>
    transpose(builder, reshape(builder, x, [1, length, count, x.shape[2] / count]), [0, 2, 1, 3]);
  const spread = (x: Value) => (share === 1 ? x : repeatHeads(builder, x, share));
  const queries = turnQueries(split(parts.queries, heads));
  const keys = spread(turnKeys(split(parts.keys, keyHeads)));
  const values = spread(split(parts.values, keyHeads));
  const scores = builder.op(
    'MatMul',
    [queries, transpose(builder, keys, [0, 1, 3, 2])],
    [1, heads, length, length],
    {},
    parts.label,
  );
  const weights = builder.op('Softmax', [scores], scores.shape, { axis: -1 });
  const mixed = builder.op(
    'MatMul',
    [weights, values],
    [...queries.shape.slice(0, 3), values.shape[3]],
    {},
    parts.label,
  );
  return reshape(builder, transpose(builder, mixed, [0, 2, 1, 3]), [1, length, heads * values.shape[3]]);
}

/** Every head `times` over, one after the other: query heads share it. */
function repeatHeads(builder: InferenceBuilder, x: Value, times: number): Value {
  const [, heads, length, size] = x.shape;
  const alone = reshape(builder, x, [1, heads, 1, length, size]);
  const shape = [1, heads, times, length, size];
  const repeated = builder.op('Expand', [alone, builder.integers(shape)], shape);
  return reshape(builder, repeated, [1, heads * times, length, size]);
}

/** Cuts the last axis into queries, keys and values of one width. */
export function splitInThree(builder: InferenceBuilder, x: Value): [Value, Value, Value] {
  const [, length, width] = x.shape;
  if (width % 3) throw new MismatchError(`${width} dimensions cannot be queries, keys and values`);
  const shape = [1, length, width / 3];
  const sizes = builder.integers([width / 3, width / 3, width / 3]);
  return builder.opWithResults('Split', [x, sizes], [shape, shape, shape], { axis: 2 }) as [
    Value,
    Value,
    Value,
  ];
}

/** x + branch(norm(x)), scaled per channel where the block has a scale for it. */
export function residual(
  builder: InferenceBuilder,
  x: Value,
  branch: (x: Value) => Value,
  label: string,
  scale?: StoredTensor,
): Value {
  const y = branch(x);
  return sum(builder, scale ? builder.op('Mul', [y, scale], y.shape) : y, x, label);
}

/** Rows of a table for a text of ids, [1, length, width]. */
export function lookUp(builder: InferenceBuilder, table: StoredTensor, length?: number): Value {
  const ids = builder.ids(length);
  if (table.shape.length !== 2) throw new MismatchError(`"${table.name}" is no table`);
  return builder.op('Gather', [table, ids], [1, ids.shape[1], table.shape[1]], { axis: 0 });
}

/** Rotary positions: pairs of dimensions of a head are turned, each pair at a speed of its own. */
export function turnByPosition(builder: InferenceBuilder, x: Value): Value {
  return builder.op('RotaryEmbedding', [x], x.shape);
}

export interface PatchParts {
  readonly projection: Module;
  /** [1, tokens, width]. */
  readonly positions: StoredTensor;
  /** Each [1, 1, width], before the patches. */
  readonly tokens: readonly StoredTensor[];
}

/** A picture cut into patches, with class tokens and positions, [1, tokens, width]. */
export function embedPatches(
  builder: InferenceBuilder,
  { projection, positions, tokens }: PatchParts,
): Value {
  const [width, channels, patch] = need(projection, 'weight').shape;
  const count = positions.shape[1] - tokens.length;
  const side = Math.sqrt(count);
  if (!Number.isInteger(side) || side === 0 || positions.shape[2] !== width)
    throw new MismatchError(`"${positions.name}" has no positions for a square of patches`);
  const pictureSide = side * patch;
  const picture = builder.input(channels, [pictureSide, pictureSide]);
  const patches = conv(builder, picture, projection, { stride: patch, padding: 0 });
  const sequence = transpose(builder, reshape(builder, patches, [1, width, count]), [0, 2, 1]);
  const joined = tokens.reduceRight(
    (x, token) => builder.op('Concat', [token, x], [1, x.shape[1] + 1, width], { axis: 1 }),
    sequence,
  );
  return builder.op('Add', [joined, positions], joined.shape);
}

/** The token at a place, normalised. */
export function readToken(builder: InferenceBuilder, x: Value, norm: Module | undefined, place = 0): Value {
  return pick(builder, norm ? layerNorm(builder, x, norm) : x, 1, place);
}
