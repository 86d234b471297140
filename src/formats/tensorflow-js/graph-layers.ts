/** TensorFlow's operators with weights, alone or fused with what follows them, and the windows of pooling. */
import type { Flow } from '../program-builder';
import { type GraphCall, type GraphTranslation, NotTranslatedError } from './graph-call';

/** What a fused operator ends with. */
const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
  ['Relu', 'Relu'],
  ['Relu6', 'Clip'],
  ['Elu', 'Elu'],
  ['LeakyRelu', 'LeakyRelu'],
  ['Sigmoid', 'Sigmoid'],
  ['Tanh', 'Tanh'],
]);

/** Sizes along the spatial axes, of a list that has one for every axis. */
function spatial(call: GraphCall, name: string): number[] | undefined {
  const sizes = call.attributes.numbers(name);
  return call.isChannelsFirst ? sizes?.slice(2) : sizes?.slice(1, -1);
}

function windowOf(call: GraphCall) {
  const padding = call.attributes.text('padding');
  const explicit = call.attributes.numbers('explicit_paddings') ?? [];
  const first = call.isChannelsFirst ? 4 : 2;
  const pads = [explicit[first], explicit[first + 2], explicit[first + 1], explicit[first + 3]];
  return {
    strides: spatial(call, 'strides'),
    dilations: spatial(call, 'dilations'),
    auto_pad: padding === 'SAME' ? 'SAME_UPPER' : undefined,
    pads: padding === 'EXPLICIT' && explicit.length === 8 ? pads : undefined,
  };
}

/** [height, width, a, b] to [b, a, height, width]. */
const turned = (call: GraphCall, kernel: Flow) => call.permute(kernel, [3, 2, 0, 1]);

function convolve(call: GraphCall): Flow {
  const kernel = call.tensor(1);
  if (kernel.shape.length !== 4) throw new NotTranslatedError('has a kernel of an unexpected shape');
  const input = call.channelsFirst(call.flow(0));
  const output = call.add('Conv', [input, turned(call, call.use(kernel))], 4, {
    ...windowOf(call),
    group: 1,
  });
  return call.channelsLast(output);
}

/** [height, width, in, multiplier] to [in · multiplier, 1, height, width]: one group for each input channel. */
function convolveEach(call: GraphCall): Flow {
  const kernel = call.tensor(1);
  const [height, width, channels, multiplier] = kernel.shape;
  if (kernel.shape.length !== 4) throw new NotTranslatedError('has a kernel of an unexpected shape');
  const shape = [channels * multiplier, 1, height, width];
  const weight = call.add('Reshape', [call.permute(call.use(kernel), [2, 3, 0, 1])], 4, { shape });
  const input = call.channelsFirst(call.flow(0));
  return call.channelsLast(call.add('Conv', [input, weight], 4, { ...windowOf(call), group: channels }));
}

/** Reads the shape of its result, the kernel [height, width, out, in], the data. */
const transposed: GraphTranslation = (call) => {
  const input = call.channelsFirst(call.flow(2));
  const weight = turned(call, call.use(call.tensor(1)));
  return call.channelsLast(call.add('ConvTranspose', [input, weight], 4, windowOf(call)));
};

function multiply(call: GraphCall): Flow {
  const [a, b] = [call.input(0), call.input(1)];
  const turn = (value: Flow, isTurned: boolean) => {
    if (!isTurned) return value;
    const axes = Array.from({ length: value.rank }, (_, axis) => axis);
    return call.permute(value, [...axes.slice(0, -2), value.rank - 1, value.rank - 2]);
  };
  const { attributes } = call;
  const left = turn(call.use(a), attributes.flag('transpose_a') || attributes.flag('adj_x'));
  const right = turn(call.use(b), attributes.flag('transpose_b') || attributes.flag('adj_y'));
  return call.add('MatMul', [left, right], call.rank(a, b));
}

/** A layer, and what was fused with it in this order: a bias or a norm, an activation function. */
function fused(layer: (call: GraphCall) => Flow): GraphTranslation {
  return (call) => {
    let [output, next] = [layer(call), 2];
    for (const operator of call.attributes.texts('fused_ops')) {
      const activation = ACTIVATIONS.get(operator);
      if (operator === 'BiasAdd') {
        output = call.add('Add', [output, call.use(call.input(next++))], output.rank);
      } else if (operator === 'FusedBatchNorm') {
        output = normalise(call, output, next);
        next += 4;
      } else if (operator === 'Prelu') {
        output = call.add('PRelu', [output, call.use(call.input(next++))], output.rank);
      } else if (activation) output = call.add(activation, [output], output.rank);
      else throw new NotTranslatedError(`is fused with "${operator.slice(0, 40)}"`);
    }
    return output;
  };
}

/** Scale, shift, mean and variance are the inputs from `first` on. */
function normalise(call: GraphCall, input: Flow, first: number): Flow {
  const parameters = [0, 1, 2, 3].map((index) => call.use(call.input(first + index)));
  const output = call.add('BatchNormalization', [call.channelsFirst(input), ...parameters], input.rank);
  return call.channelsLast(output);
}

function pool(type: 'MaxPool' | 'AveragePool'): GraphTranslation {
  return (call) => {
    const input = call.flow(0);
    const { strides, auto_pad } = windowOf(call);
    const kernel_shape = spatial(call, 'ksize');
    const pooled = call.add(type, [call.channelsFirst(input)], input.rank, {
      kernel_shape,
      strides,
      auto_pad,
    });
    return call.channelsLast(pooled);
  };
}

const batchNorm: GraphTranslation = (call) => normalise(call, call.flow(0), 1);

/** A bias may come from several places, but is added to the last axis or to the channels. */
const biasAdd: GraphTranslation = (call) => {
  const input = call.flow(0);
  const moved = call.isChannelsFirst ? call.permute(input, [0, 2, 3, 1]) : input;
  const sum = call.add('Add', [moved, call.use(call.input(1))], input.rank);
  return call.isChannelsFirst ? call.permute(sum, [0, 3, 1, 2]) : sum;
};

export const GRAPH_LAYERS: readonly (readonly [string, GraphTranslation])[] = [
  ['Conv2D', convolve],
  ['_FusedConv2D', fused(convolve)],
  ['FusedConv2D', fused(convolve)],
  ['DepthwiseConv2dNative', convolveEach],
  ['DepthwiseConv2d', convolveEach],
  ['FusedDepthwiseConv2dNative', fused(convolveEach)],
  ['_FusedDepthwiseConv2dNative', fused(convolveEach)],
  ['Conv2DBackpropInput', transposed],
  ['MatMul', multiply],
  ['BatchMatMul', multiply],
  ['BatchMatMulV2', multiply],
  ['_FusedMatMul', fused(multiply)],
  ['BiasAdd', biasAdd],
  ['FusedBatchNorm', batchNorm],
  ['FusedBatchNormV2', batchNorm],
  ['FusedBatchNormV3', batchNorm],
  ['MaxPool', pool('MaxPool')],
  ['AvgPool', pool('AveragePool')],
];
