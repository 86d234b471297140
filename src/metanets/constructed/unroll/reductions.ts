/** Sums, means and maxima over axes; softmax and the normalisations, which are made of them. */
import { EXP, IDENTITY, LOG, power, SQUARE } from '../nonlinearity';
import { affine, newAffine } from './affine';
import type { OperatorCall, OperatorHandler } from './operator-call';
import {
  broadcast,
  type NodeTensor,
  nodeTensor,
  placesOf,
  reshaped,
  sizeOf,
  stridesOf,
  type Tensor,
} from './tensors';

/** Where the elements lie that differ only along `axes`: one list for each place along the others. */
function listsAlong(shape: readonly number[], axes: readonly number[]): Int32Array[] {
  const strides = stridesOf(shape);
  const others = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const places = (chosen: readonly number[], start: number) =>
    placesOf(
      chosen.map((axis) => shape[axis]),
      chosen.map((axis) => strides[axis]),
      start,
    );
  return Array.from(places(others, 0), (start) => places(axes, start));
}

const INVERSE_ROOT = power(-0.5);

type Join = (nodes: readonly number[]) => number;

function reduce(call: OperatorCall, join: Join, onNumbers: (numbers: readonly number[]) => number): Tensor {
  const input = call.tensor(0);
  const { shape } = input;
  const named = call.axes(1, shape.length) ?? [];
  if (named.length === 0 && call.number('noop_with_empty_axes', 0)) return input;
  const axes = named.length > 0 ? named : [...shape.keys()];
  const keepsAxes = call.number('keepdims', 1) === 1;
  const left = shape.flatMap((size, axis) => (axes.includes(axis) ? (keepsAxes ? [1] : []) : [size]));
  const lists = listsAlong(shape, axes);
  if (input.kind === 'numbers') {
    const numbers = lists.map((list) => onNumbers([...list].map((place) => input.numbers[place])));
    return { ...input, shape: left, numbers: Float64Array.from(numbers) };
  }
  const nodes = lists.map((list) => join([...list].map((place) => input.nodes[place])));
  return nodeTensor(left, Int32Array.from(nodes));
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** exp(x − m − log Σ exp(x − m)) with m the largest x, so that no power overflows. */
function softmax(call: OperatorCall, isLogarithm: boolean): Tensor {
  const { builder, version } = call;
  const input = call.nodes(0);
  const rank = input.shape.length;
  const axis = call.axis(call.number('axis', version < 13 ? 1 : -1), rank);
  // Before version 13, over all axes from this one on.
  const axes = version < 13 ? [...input.shape.keys()].slice(axis) : [axis];
  const results = new Int32Array(input.nodes.length);
  for (const list of listsAlong(input.shape, axes)) {
    const nodes = [...list].map((place) => input.nodes[place]);
    const largest = builder.addLargest(nodes);
    const powers = nodes.map((x) => builder.addSum([x, largest], [1, -1], EXP));
    const logarithm = builder.addTotal(powers, LOG);
    list.forEach((place, index) => {
      const terms = [nodes[index], largest, logarithm];
      results[place] = builder.addSum(terms, [1, -1, -1], isLogarithm ? IDENTITY : EXP);
    });
  }
  return nodeTensor(input.shape, results);
}

/** (x − mean) / √(variance + ε) over each list of places; without the mean for an RMS norm. */
function standardised(
  { builder }: OperatorCall,
  input: NodeTensor,
  lists: readonly Int32Array[],
  epsilon: number,
  isCentred: boolean,
): NodeTensor {
  const results = new Int32Array(input.nodes.length);
  for (const list of lists) {
    const nodes = [...list].map((place) => input.nodes[place]);
    const mean = isCentred ? builder.addMean(nodes) : undefined;
    const centred = nodes.map((x) => (mean === undefined ? x : builder.addSum([x, mean], [1, -1])));
    const squares = centred.map((x) => builder.addSum([x], [1], SQUARE));
    const factor = builder.addNode(epsilon, INVERSE_ROOT);
    for (const x of squares) builder.addEdge(x, 1 / squares.length);
    list.forEach((place, index) => {
      results[place] = builder.addProduct(centred[index], factor);
    });
  }
  return nodeTensor(input.shape, results);
}

/** Scale and shift at inputs 1 and 2, seen as one number per element. */
function scaled(
  call: OperatorCall,
  input: NodeTensor,
  asElements: (numbers: Tensor & { kind: 'numbers' }) => Float64Array,
): NodeTensor {
  const scale = asElements(call.constant(1));
  const shift = call.has(2) ? asElements(call.constant(2)) : undefined;
  return newAffine(
    call,
    input,
    (element) => scale[element],
    (element) => shift?.[element] ?? 0,
  );
}

/** LayerNormalization and RMSNormalization: over the axes from `axis` on. */
function normaliseLast(call: OperatorCall, isCentred: boolean): Tensor {
  const input = call.nodes(0);
  const first = call.axis(call.number('axis', -1), input.shape.length);
  const lists = listsAlong(input.shape, [...input.shape.keys()].slice(first));
  const normal = standardised(call, input, lists, call.number('epsilon', 1e-5), isCentred);
  return scaled(call, normal, (numbers) => broadcast(numbers, input.shape).numbers);
}

/** Over all positions of a group of channels; parameters per channel, or (before version 21) per group. */
function normaliseGroups(call: OperatorCall, groups: number): Tensor {
  const input = call.nodes(0);
  const [batch, channels, ...sizes] = input.shape;
  if (channels % groups) call.refuse(`has ${channels} channels in ${groups} groups`);
  const perGroup = [batch, groups, (channels / groups) * sizeOf(sizes)];
  const lists = listsAlong(perGroup, [2]);
  const normal = standardised(call, reshaped(input, perGroup), lists, call.number('epsilon', 1e-5), true);
  const area = sizeOf(sizes);
  return scaled(call, reshaped(normal, input.shape), ({ numbers }) => {
    const place = (channel: number) => Math.floor((channel * numbers.length) / channels);
    return input.nodes.length === 0 || channels % numbers.length
      ? call.refuse(`has ${numbers.length} parameters for ${channels} channels`)
      : Float64Array.from(input.nodes, (_, element) => numbers[place(Math.floor(element / area) % channels)]);
  });
}

/** With stored statistics a batch norm is one factor and one shift per channel. */
function batchNorm(call: OperatorCall): Tensor {
  if (call.number('training_mode', 0)) call.refuse('takes its statistics from the batch');
  const { shape } = call.nodes(0);
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => call.perChannel(index, shape[1]));
  const epsilon = call.number('epsilon', 1e-5);
  const area = sizeOf(shape.slice(2));
  const factors = scale.map((number, channel) => number / Math.sqrt(variance[channel] + epsilon));
  const channelOf = (element: number) => Math.floor(element / area) % shape[1];
  return affine(
    call,
    0,
    (element) => factors[channelOf(element)],
    (element) => shift[channelOf(element)] - mean[channelOf(element)] * factors[channelOf(element)],
  );
}

const mean = (numbers: readonly number[]) => sumOf(numbers) / numbers.length;

export const REDUCTIONS: readonly (readonly [string, OperatorHandler])[] = [
  ['ReduceSum', (call) => reduce(call, (nodes) => call.builder.addTotal(nodes), sumOf)],
  ['ReduceMean', (call) => reduce(call, (nodes) => call.builder.addMean(nodes), mean)],
  [
    'ReduceMax',
    (call) =>
      reduce(
        call,
        (nodes) => call.builder.addLargest(nodes),
        (all) => Math.max(...all),
      ),
  ],
  ['Softmax', (call) => softmax(call, false)],
  ['LogSoftmax', (call) => softmax(call, true)],
  ['BatchNormalization', batchNorm],
  ['LayerNormalization', (call) => normaliseLast(call, true)],
  ['RMSNormalization', (call) => normaliseLast(call, false)],
  ['InstanceNormalization', (call) => normaliseGroups(call, call.nodes(0).shape[1])],
  ['GroupNormalization', (call) => normaliseGroups(call, call.number('num_groups', 1))],
];
