/**
 * Attention as one operator: ONNX's own (opset 23) and those that ONNX Runtime's optimiser writes. Each is taken apart into the
 * products, reshapes and biases that other exporters write out.
 */
import { checkedCount, NotUnderstoodError, sharedActivation } from '../../activation';
import { type Constant, elementCount, numbersConstant, sliceConstant } from '../../constant';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { type Movable, shapeOfMovable, splitAlong } from './moving';
import { dequantise } from './quantisation';
import { rotate } from './rotary';

/** [batch, positions, heads · size] as [batch, heads, positions, size]. */
export function splitHeads(call: OperatorCall, value: Known, heads: number): Known {
  const sizes = shapeOfMovable(value);
  if (sizes.length === 4) return value;
  const [batch, positions, width] = sizes;
  if (!(heads >= 1) || width % heads)
    throw new NotUnderstoodError(`splits ${width} channels into ${heads} heads`);
  const apart = call.apply('Reshape', [value], { shape: [batch, positions, heads, width / heads] });
  return call.apply('Transpose', [apart], { perm: [0, 2, 1, 3] });
}

function joinHeads(call: OperatorCall, value: Known): Known {
  const turned = call.apply('Transpose', [value], { perm: [0, 2, 1, 3] });
  const [batch, positions, heads, size] = shapeOfMovable(turned);
  return call.apply('Reshape', [turned], { shape: [batch, positions, heads * size] });
}

/** Every key head as often as query heads share it. */
function shareHeads(call: OperatorCall, value: Known, heads: number): Known {
  const [batch, own, positions, size] = shapeOfMovable(value);
  if (own === heads) return value;
  if (heads % own) throw new NotUnderstoodError(`shares ${own} keys between ${heads} heads`);
  const apart = call.apply('Unsqueeze', [value], { axes: [2] });
  const shape = numbersConstant([batch, own, heads / own, positions, size]);
  return call.apply('Reshape', [call.apply('Expand', [apart, shape])], {
    shape: [batch, heads, positions, size],
  });
}

interface Attention {
  readonly query: Known;
  readonly key: Known;
  readonly value: Known;
  /** Masks and biases of the scores. */
  readonly masks: readonly (Value | undefined)[];
}

/** query, key, value: [batch, heads, positions, size]. Result [batch, positions, heads · size]. */
function attention(call: OperatorCall, { query, key, value, masks }: Attention): Known {
  const [, heads] = shapeOfMovable(query);
  const turned = call.apply('Transpose', [shareHeads(call, key, heads)], { perm: [0, 1, 3, 2] });
  let scores = call.apply('MatMul', [query, turned]);
  for (const mask of masks) if (mask) scores = call.apply('Add', [scores, mask]);
  return joinHeads(call, call.apply('MatMul', [scores, shareHeads(call, value, heads)]));
}

/** The caches of keys and values that go with the result. */
const withCaches = (result: Known): Value[] => [result, sharedActivation([]), sharedActivation([])];

/** ONNX's Attention: queries, keys and values of three axes, or of four with their heads apart. */
export function standardAttention(call: OperatorCall): Value[] {
  const isApart = shapeOfMovable(call.input(0)).length === 4;
  const keyHeads = call.number('kv_num_heads', 0);
  const result = attention(call, {
    query: splitHeads(call, call.input(0), call.number('q_num_heads', 0)),
    key: splitHeads(call, call.input(1), keyHeads),
    value: splitHeads(call, call.input(2), keyHeads),
    masks: [call.maybe(3)],
  });
  if (!isApart) return withCaches(result);
  return withCaches(splitHeads(call, result, shapeOfMovable(call.input(0))[1]));
}

/** One matrix for queries, keys and values, and one bias. */
function packedAttention(
  call: OperatorCall,
  weight: Known,
  bias: Value | undefined,
  masks: Attention['masks'],
): Value[] {
  const heads = call.number('num_heads', 1);
  const product = call.apply('MatMul', [call.input(0), weight]);
  const all = bias ? call.apply('Add', [product, bias]) : product;
  const [width] = shapeOfMovable(all).slice(-1);
  const counts = call.numberList('qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
  const [query, key, value] = splitAlong(all as Movable, 2, counts).map((part) =>
    splitHeads(call, part, heads),
  );
  const isRotary = call.number('do_rotary', 0) === 1;
  const turn = (part: Known) => (isRotary ? rotate(call, part) : part);
  return withCaches(attention(call, { query: turn(query), key: turn(key), value, masks }));
}

/** com.microsoft.Attention: data, weight, bias, mask, past, bias of the scores. */
export const microsoftAttention = (call: OperatorCall) =>
  packedAttention(call, call.input(1), call.maybe(2), [call.maybe(5)]);

/** com.microsoft.QAttention: the same with a quantised weight. */
export function quantisedAttention(call: OperatorCall): Value[] {
  const data = dequantise(call, call.input(0), { scale: call.maybe(3), zeroPoint: call.maybe(6) });
  const weight = dequantise(call, call.input(1), { scale: call.maybe(4), zeroPoint: call.maybe(7) });
  const plain = call.with([data, weight, call.maybe(2)]);
  return packedAttention(plain, weight, call.maybe(2), []);
}

/** com.microsoft.MultiHeadAttention: three inputs or a packed one, whose biases lie behind one another in one tensor. */
export function multiHeadAttention(call: OperatorCall): Value[] {
  const heads = call.number('num_heads', 1);
  const bias = call.has(3) ? call.constant(3) : undefined;
  const parts = unpacked(call);
  let start = 0;
  const [query, key, value] = parts.map((part) => {
    const sizes = shapeOfMovable(part);
    const count = sizes.length === 4 ? sizes[1] * sizes[3] : sizes[2];
    const own = bias && sliceConstant(bias, 0, start, count, 1);
    start += count;
    return withBias(call, part, own, heads);
  });
  return withCaches(attention(call, { query, key, value, masks: [call.maybe(5)] }));
}

function withBias(call: OperatorCall, part: Known, bias: Constant | undefined, heads: number): Known {
  if (!bias || shapeOfMovable(part).length === 4) {
    const split = splitHeads(call, part, heads);
    if (!bias) return split;
    const shape = [heads, 1, elementCount(bias) / heads];
    return call.apply('Add', [split, call.apply('Reshape', [bias], { shape })]);
  }
  return splitHeads(call, call.apply('Add', [part, bias]), heads);
}

/** Query, key and value; packed as [batch, positions, heads, 3, size], or keys and values as [… , 2, size]. */
function unpacked(call: OperatorCall): Known[] {
  const query = call.input(0);
  const take = (value: Known, index: number) => {
    const [batch, positions, heads, count, size] = shapeOfMovable(value);
    const [part] = splitAlong(value as Movable, 3, Array<number>(checkedCount(count)).fill(1)).slice(index);
    return call.apply('Reshape', [part], { shape: [batch, positions, heads * size] });
  };
  if (!call.has(1)) return [0, 1, 2].map((index) => take(query, index));
  if (!call.has(2)) return [query, take(call.input(1), 0), take(call.input(1), 1)];
  return [query, call.input(1), call.input(2)];
}

/** com.microsoft.GroupQueryAttention: query, key, value (or all packed into the first), caches, lengths, cosines, sines. */
export function groupQueryAttention(call: OperatorCall): Value[] {
  const heads = call.number('num_heads', 1);
  const keyHeads = call.number('kv_num_heads', heads);
  const size = call.has(1) ? 0 : shapeOfMovable(call.input(0))[2] / (heads + 2 * keyHeads);
  const [first, second, third] = call.has(1)
    ? [call.input(0), call.input(1), call.input(2)]
    : splitAlong(call.input(0) as Movable, 2, [heads * size, keyHeads * size, keyHeads * size]);
  const isRotary = call.number('do_rotary', 0) === 1;
  for (const index of [7, 8]) {
    const table = call.maybe(index);
    if (table?.kind === 'constant') call.lowering.markConstant(table);
  }
  const [query, key] = [splitHeads(call, first, heads), splitHeads(call, second, keyHeads)].map((part) =>
    isRotary ? rotate(call, part) : part,
  );
  return withCaches(
    attention(call, { query, key, value: splitHeads(call, third, keyHeads), masks: [call.maybe(10)] }),
  );
}
