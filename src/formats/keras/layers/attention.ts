/** Attention: heads are cut out of one projection each, and meet again in another. */
import type { Flow } from '../../program-builder';
import { type Layer, NotTranslatedError, type Translation } from './layer';
import { projection } from './linear';

/** query, key, value: by place or by name, in Keras's order (query, value, key). */
function readInputs(layer: Layer): { query: Flow; value: Flow; key: Flow } {
  const [first, second, third] = layer.inputs;
  const query = first ?? layer.flow('query');
  const value = second ?? layer.flow('value') ?? query;
  if (!query || !value) throw new NotTranslatedError('reads no queries');
  return { query, value, key: third ?? layer.flow('key') ?? value };
}

interface Heads {
  readonly queries: number;
  /** Fewer than those of the queries where several share one. */
  readonly keys: number;
  /** What parts are called in a tree, before "query_dense" and its like. */
  readonly prefix: string;
}

function attention(layer: Layer, heads: Heads): Flow[] {
  const { config, scope } = layer;
  const { query, key, value } = readInputs(layer);
  const isPlain = [query, key, value].every(({ rank }) => rank === 3) && !config.flag('use_gate', false);
  if (!isPlain) throw new NotTranslatedError('attends over several axes at once, or with gates');
  const names = ['kernel', config.flag('use_bias', true) && 'bias'];
  const project = (input: Flow, part: string, name: string, summed: number) => {
    const place = scope.part(`${heads.prefix}${part}_dense`, new RegExp(`^${name}$`));
    const [kernel, bias] = layer.tensors(names, place, name);
    if (!kernel) throw new NotTranslatedError(`has no kernel for its ${name}`);
    return { flow: projection(layer, input, kernel, bias, summed), size: kernel.shape.at(-1) ?? 1 };
  };
  /** [batch, positions, heads · size] to [batch, heads, …], with heads that are shared as often as they are. */
  const split = ({ flow, size }: { flow: Flow; size: number }, count: number, order: readonly number[]) => {
    const own = layer.permute(layer.reshape(flow, [0, 0, count, size]), order);
    return count === heads.queries ? own : shared(layer, own, count, heads.queries / count, size, order);
  };
  const asked = project(query, 'query', 'query', 1);
  const queries = split(asked, heads.queries, [0, 2, 1, 3]);
  const keys = split(project(key, 'key', 'key', 1), heads.keys, [0, 2, 3, 1]);
  const values = split(project(value, 'value', 'value', 1), heads.keys, [0, 2, 1, 3]);
  const joined = layer.permute(attend(layer, queries, keys, values, asked.size ** -0.5), [0, 2, 1, 3]);
  return [project(joined, 'output', 'attention_output', 2).flow];
}

/** Every head `times` times, side by side. */
function shared(
  layer: Layer,
  flow: Flow,
  count: number,
  times: number,
  size: number,
  order: readonly number[],
): Flow {
  if (!Number.isInteger(times)) throw new NotTranslatedError('shares heads unevenly');
  const raised = layer.add('Unsqueeze', [flow], 5, { axes: [2] });
  const repeats = layer.builder.constant([1, 1, times, 1, 1]);
  const repeated = layer.add('Expand', [raised, repeats], 5);
  // Positions are as many as there are: the axis that is not the size of a head.
  const rest = order[2] === 3 ? [size, -1] : [-1, size];
  return layer.reshape(repeated, [0, count * times, ...rest]);
}

const multiHead: Translation = (layer) => {
  const heads = layer.config.number('num_heads', 1);
  return attention(layer, { queries: heads, keys: heads, prefix: '' });
};

const grouped: Translation = (layer) =>
  attention(layer, {
    queries: layer.config.number('num_query_heads', 1),
    keys: layer.config.number('num_key_value_heads', 1),
    prefix: '_',
  });

/** softmax(scale · queries · keys) · values. */
function attend(layer: Layer, queries: Flow, keys: Flow, values: Flow, scale = 1): Flow {
  const products = layer.add('MatMul', [queries, keys], queries.rank);
  const scores =
    scale === 1 ? products : layer.add('Mul', [products, layer.builder.constant(scale)], queries.rank);
  const weights = layer.add('Softmax', [scores], queries.rank);
  return layer.add('MatMul', [weights, values], queries.rank);
}

/** Attention without weights, but perhaps a scale. */
const plain: Translation = (layer) => {
  const { query, value, key } = readInputs(layer);
  if (layer.config.flag('use_scale', false) || layer.config.text('score_mode', 'dot') !== 'dot') {
    throw new NotTranslatedError('scales its scores with a weight');
  }
  if ([query, key, value].some(({ rank }) => rank !== 3))
    throw new NotTranslatedError('attends over several axes');
  return [attend(layer, query, layer.permute(key, [0, 2, 1]), value)];
};

export const ATTENTION: readonly (readonly [string, Translation])[] = [
  ['MultiHeadAttention', multiHead],
  ['GroupQueryAttention', grouped],
  ['GroupedQueryAttention', grouped],
  ['Attention', plain],
];
