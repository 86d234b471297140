/**
 * Convolutions and pools: at each position a window reads some of the positions below it. Taps that lie on padding are no
 * edges.
 */
import type { OperatorCall, OperatorHandler } from './operator-call';
import { checkedSize, type NodeTensor, nodeTensor, sizeOf, stridesOf, type Tensor } from './tensors';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before the first position along each axis. */
  readonly padding: readonly number[];
  readonly outSizes: readonly number[];
}

const ones = (sizes: readonly number[]) => sizes.map(() => 1);

function readWindow(call: OperatorCall, kernel: readonly number[], sizes: readonly number[]): Window {
  const strides = call.numbers('strides') ?? ones(kernel);
  const dilations = call.numbers('dilations') ?? ones(kernel);
  const pads = call.numbers('pads') ?? [...kernel, ...kernel].map(() => 0);
  const autoPad = call.text('auto_pad');
  const round = call.number('ceil_mode', 0) ? Math.ceil : Math.floor;
  const along = sizes.map((size, axis) => {
    const reach = dilations[axis] * (kernel[axis] - 1) + 1;
    if (autoPad.startsWith('SAME')) {
      const count = Math.ceil(size / strides[axis]);
      const total = Math.max(0, (count - 1) * strides[axis] + reach - size);
      return { count, before: autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2) };
    }
    const [before, after] = autoPad === 'VALID' ? [0, 0] : [pads[axis], pads[axis + sizes.length]];
    const count = round((size + before + after - reach) / strides[axis]) + 1;
    // A last window that would begin behind the values and the padding before them is left out.
    return { count: (count - 1) * strides[axis] >= size + before ? count - 1 : count, before };
  });
  checkedSize(kernel);
  checkedSize(along.map(({ count }) => count));
  if (along.some(({ count }) => count < 1)) call.refuse('has a window that is larger than its input');
  const padding = along.map(({ before }) => before);
  return { kernel, strides, dilations, padding, outSizes: along.map(({ count }) => count) };
}

/** By position of the result, and flat: taps and the positions of the input that they read. */
interface Reads {
  readonly taps: readonly number[];
  readonly places: readonly number[];
}

/** Combines what each axis reads. `placeOf`: the place that a tap reads along an axis; a fraction or outside for none. */
function readsOf(
  sizes: readonly number[],
  { kernel, outSizes }: Window,
  placeOf: (axis: number, position: number, tap: number) => number,
): Reads[] {
  const [tapSteps, placeSteps] = [stridesOf(kernel), stridesOf(sizes)];
  let reads: Reads[] = [{ taps: [0], places: [0] }];
  sizes.forEach((size, axis) => {
    const alongAxis = Array.from({ length: outSizes[axis] }, (_, position) =>
      Array.from({ length: kernel[axis] }, (_, tap) => ({ tap, place: placeOf(axis, position, tap) })).filter(
        ({ place }) => Number.isInteger(place) && place >= 0 && place < size,
      ),
    );
    reads = reads.flatMap((outer) =>
      alongAxis.map((own) => ({
        taps: outer.taps.flatMap((tap) => own.map((one) => tap + one.tap * tapSteps[axis])),
        places: outer.places.flatMap((place) => own.map((one) => place + one.place * placeSteps[axis])),
      })),
    );
  });
  return reads;
}

const windowReads = (sizes: readonly number[], window: Window) =>
  readsOf(
    sizes,
    window,
    (axis, position, tap) =>
      position * window.strides[axis] + tap * window.dilations[axis] - window.padding[axis],
  );

/** A weight's element for an output channel, a place among the input channels of its group, and tap 0. */
type WeightAt = (output: number, inGroup: number) => number;

function convolve(
  call: OperatorCall,
  input: NodeTensor,
  { count, groups, taps, weightAt }: { count: number; groups: number; taps: number; weightAt: WeightAt },
  reads: readonly Reads[],
  outSizes: readonly number[],
): Tensor {
  const { builder } = call;
  const [batch, channels, ...sizes] = input.shape;
  if (!(Number.isInteger(groups) && groups > 0) || channels % groups || count % groups)
    call.refuse(`has ${channels} and ${count} channels in ${groups} groups`);
  const { numbers } = call.constant(1);
  const biases = call.has(2) ? call.perChannel(2, count) : undefined;
  const [area, inGroup, outGroup] = [sizeOf(sizes), channels / groups, count / groups];
  const nodes = new Int32Array(checkedSize([batch, count, reads.length]));
  let at = 0;
  for (let example = 0; example < batch; example++) {
    for (let output = 0; output < count; output++) {
      const firstChannel = example * channels + Math.floor(output / outGroup) * inGroup;
      for (const { taps: readTaps, places } of reads) {
        const node = builder.addNode(biases?.[output] ?? 0);
        for (let channel = 0; channel < inGroup; channel++) {
          const from = (firstChannel + channel) * area;
          const by = weightAt(output, channel) * taps;
          for (let k = 0; k < places.length; k++)
            builder.addEdge(input.nodes[from + places[k]], numbers[by + readTaps[k]]);
        }
        nodes[at++] = node;
      }
    }
  }
  return nodeTensor([batch, count, ...outSizes], nodes);
}

/** Weight [out, in / groups, kernel…]. */
function conv(call: OperatorCall): Tensor {
  const [input, weight] = [call.nodes(0), call.constant(1)];
  const [count, inGroup, ...kernel] = weight.shape;
  const sizes = input.shape.slice(2);
  const groups = call.number('group', 1);
  if (kernel.length !== sizes.length || inGroup * groups !== input.shape[1])
    call.refuse(`reads ${input.shape.join('×')} with a weight of ${weight.shape.join('×')}`);
  const window = readWindow(call, kernel, sizes);
  const weightAt = (output: number, channel: number) => output * inGroup + channel;
  const layer = { count, groups, taps: sizeOf(kernel), weightAt };
  return convolve(call, input, layer, windowReads(sizes, window), window.outSizes);
}

/** Weight [in, out / groups, kernel…]: each position of the input is spread over a window of the result. */
function convTranspose(call: OperatorCall): Tensor {
  const [input, weight] = [call.nodes(0), call.constant(1)];
  const [channels, outGroup, ...kernel] = weight.shape;
  const sizes = input.shape.slice(2);
  const groups = call.number('group', 1);
  if (call.numbers('output_shape') || call.text('auto_pad').startsWith('SAME'))
    call.refuse('finds its padding from the size of its result, which is not simulated');
  const strides = call.numbers('strides') ?? ones(kernel);
  const dilations = call.numbers('dilations') ?? ones(kernel);
  const pads = call.numbers('pads') ?? [...kernel, ...kernel].map(() => 0);
  const extra = call.numbers('output_padding') ?? kernel.map(() => 0);
  const outSizes = sizes.map((size, axis) => {
    const reach = dilations[axis] * (kernel[axis] - 1) + 1;
    return (size - 1) * strides[axis] + reach + extra[axis] - pads[axis] - pads[axis + sizes.length];
  });
  checkedSize(kernel);
  checkedSize(outSizes);
  if (channels !== input.shape[1] || kernel.length !== sizes.length)
    call.refuse(`reads ${input.shape.join('×')} with a weight of ${weight.shape.join('×')}`);
  const reads = readsOf(
    sizes,
    { kernel, strides, dilations, padding: pads, outSizes },
    (axis, position, tap) => (position + pads[axis] - tap * dilations[axis]) / strides[axis],
  );
  const inGroup = channels / groups;
  const weightAt = (output: number, channel: number) =>
    (Math.floor(output / outGroup) * inGroup + channel) * outGroup + (output % outGroup);
  const layer = { count: outGroup * groups, groups, taps: sizeOf(kernel), weightAt };
  return convolve(call, input, layer, reads, outSizes);
}

/** One node per channel and position, of the nodes in its window. */
function pool(
  call: OperatorCall,
  reads: readonly Reads[],
  outSizes: readonly number[],
  join: (nodes: readonly number[]) => number,
): Tensor {
  const input = call.nodes(0);
  const [batch, channels, ...sizes] = input.shape;
  const area = sizeOf(sizes);
  const nodes = Int32Array.from({ length: batch * channels * reads.length }, (_, index) => {
    const from = Math.floor(index / reads.length) * area;
    return join(reads[index % reads.length].places.map((place) => input.nodes[from + place]));
  });
  return nodeTensor([batch, channels, ...outSizes], nodes);
}

function maxPool(call: OperatorCall): Tensor {
  const sizes = call.nodes(0).shape.slice(2);
  const window = readWindow(call, call.numbers('kernel_shape') ?? ones(sizes), sizes);
  return pool(call, windowReads(sizes, window), window.outSizes, (nodes) => call.builder.addLargest(nodes));
}

function averagePool(call: OperatorCall): Tensor {
  const sizes = call.nodes(0).shape.slice(2);
  const kernel = call.numbers('kernel_shape') ?? ones(sizes);
  const window = readWindow(call, kernel, sizes);
  const countsPadding = call.number('count_include_pad', 0) === 1;
  if (countsPadding && call.number('ceil_mode', 0)) call.refuse('counts padding behind the last window');
  const countOf = (nodes: readonly number[]) => (countsPadding ? sizeOf(kernel) : nodes.length);
  return pool(call, windowReads(sizes, window), window.outSizes, (nodes) =>
    call.builder.addMean(nodes, countOf(nodes)),
  );
}

/** One window over all positions. */
function globalPool(call: OperatorCall, join: (nodes: readonly number[]) => number): Tensor {
  const sizes = call.nodes(0).shape.slice(2);
  const places = Array.from({ length: sizeOf(sizes) }, (_, place) => place);
  return pool(call, [{ taps: places, places }], ones(sizes), join);
}

export const WINDOWS: readonly (readonly [string, OperatorHandler])[] = [
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
  ['MaxPool', maxPool],
  ['AveragePool', averagePool],
  ['GlobalMaxPool', (call) => globalPool(call, (nodes) => call.builder.addLargest(nodes))],
  ['GlobalAveragePool', (call) => globalPool(call, (nodes) => call.builder.addMean(nodes))],
];
