/**
 * Sizes of the pictures in a chain of convolutions. The file does not say them, nor where pooling is; but a linear layer
 * that reads a flattened picture says how large it was, and gaps in the numbers of an nn.Sequential say what stood between.
 * Of the usual sizes, paddings and places for pooling, the first that lead to that picture are taken.
 */
import type { GrowthOptions } from '../layers';
import { isDepthwise, isTransposedConv, type WeightLayer } from './order';
import type { Span } from './shortcuts';

export interface PicturePlan {
  /** Sides of the network's input. */
  readonly sides: readonly number[];
  /** Convolutions keep the size (padding of half a kernel), or not. */
  readonly keepsSize: boolean;
  readonly strides: readonly number[];
  /** Per convolution: max-pooling by two follows. */
  readonly isPooled: readonly boolean[];
  /** The sides that are flattened; undefined where all positions are averaged, or nothing follows. */
  readonly flattened: readonly number[] | undefined;
  /** True if the sizes come out right without further help. */
  readonly fits: boolean;
  /** The strides are those of a MobileNet. */
  readonly isMobileNet: boolean;
}

/** The usual sides of pictures by their channels (digits are grey), and lengths of sequences. */
const GREY_SIDES = [28, 32, 64, 224];
const COLOUR_SIDES = [32, 64, 96, 128, 224, 28, 48, 160, 256];
const LENGTHS = [28, 32, 64, 100, 128, 256, 512, 784, 1024];

const IMAGENET_SIDE = 224;

/** No picture is taken to be larger, however far its kernels would shrink it. */
const MAX_SIDE = 2 ** 20;

/** More often than this no network pools. */
const MAX_POOLS = 8;

/** From so many depthwise convolutions on, a chain that reads colours is taken for a MobileNet. */
const MOBILENET_LEAST = 3;
const COLOURS = 3;

/** Even kernels are those of patches, which do not overlap; odd ones are padded by half of themselves, or not at all. */
export const isPatch = ({ kernel }: WeightLayer) => kernel.every((size) => size % 2 === 0);

/**
 * A transposed convolution at the beginning makes a picture of a single pixel, as large as its kernel; all others double the size,
 * as is usual.
 */
export function growth({ kernel }: WeightLayer, index: number): GrowthOptions {
  if (index === 0) return { stride: 1, padding: kernel.map(() => 0), extra: kernel.map(() => 0) };
  const padding = kernel.map((size) => Math.max(0, size - 1) >> 1);
  return { stride: 2, padding, extra: kernel.map((size, axis) => 2 + 2 * padding[axis] - size) };
}

const isWidening = ({ reads, writes }: WeightLayer) => writes > reads;

/**
 * Where a shortcut leads to more channels, the picture is halved, as in ResNet: by the convolution that makes the channels
 * if the shortcut has no parameters, else by the first that looks at neighbours.
 */
function stridesWithin(
  spans: readonly Span[],
  convs: readonly WeightLayer[],
  strides: readonly number[],
): number[] {
  return strides.map((stride, index) => {
    const span = spans.find(({ first, last }) => first <= index && index <= last);
    if (!span || convs[span.last].writes <= convs[span.first].reads) return stride;
    const own = convs.slice(span.first, span.last + 1);
    const halves = span.projection ? own.find(({ kernel }) => kernel[0] > 1) : own.find(isWidening);
    return convs[index] === (halves ?? own[0]) ? 2 : stride;
  });
}

/** MobileNet halves the picture where a depthwise convolution leads to more channels; other strides are those of patches. */
function guessStrides(convs: readonly WeightLayer[]): { strides: number[]; isMobileNet: boolean } {
  const isOwn = convs.map((conv, index) => index > 0 && isDepthwise(conv, convs[index - 1].writes));
  const isSquare = (conv: WeightLayer, size: number) => conv.kernel.every((side) => side === size);
  const depthwise = [...convs.keys()].filter((index) => isOwn[index] && isSquare(convs[index], 3));
  const isMobileNet =
    convs[0].reads === COLOURS &&
    depthwise.length >= MOBILENET_LEAST &&
    depthwise.every((index) => convs[index + 1]?.kernel.every((k) => k === 1));
  if (isMobileNet) {
    const halves = (index: number) =>
      isOwn[index] && index !== depthwise[0] && (convs[index + 1]?.writes ?? 0) > convs[index].writes;
    return { strides: convs.map((_, index) => (index === 0 || halves(index) ? 2 : 1)), isMobileNet };
  }
  return { strides: convs.map((conv) => (isPatch(conv) ? conv.kernel[0] : 1)), isMobileNet };
}

/** Where pooling may be, from what is usual to what is not. */
function poolings(convs: readonly WeightLayer[]): boolean[][] {
  const count = convs.length;
  const where = (isPooled: (index: number) => boolean) =>
    convs.map((conv, index) => !isTransposedConv(conv) && isPooled(index));
  const some = [...Array(Math.min(MAX_POOLS, Math.max(0, count - 1))).keys()].map((index) => index + 1);
  return [
    where(() => true),
    where((index) => convs[index + 1]?.writes !== convs[index].writes),
    where((index) => index % 2 === 1),
    ...some.map((pools) => where((index) => index < pools)),
    ...some.map((pools) => where((index) => index >= count - pools)),
    where(() => false),
  ];
}

/** The side after all convolutions; 0 where nothing is left. */
function lastSide(
  side: number,
  convs: readonly WeightLayer[],
  keepsSize: boolean,
  strides: readonly number[],
  isPooled: readonly boolean[],
): number {
  return convs.reduce((current, conv, index) => {
    const [size] = conv.kernel;
    if (isTransposedConv(conv)) return index === 0 ? current - 1 + size : 2 * current;
    const padding = keepsSize && !isPatch(conv) ? (size - 1) >> 1 : 0;
    const convolved = Math.floor((current + 2 * padding - size) / strides[index]) + 1;
    return Math.max(0, isPooled[index] ? Math.floor(convolved / 2) : convolved);
  }, side);
}

/** The sides of a flattened picture: equal if they can be, else as near to it as possible. */
function sidesOf(taps: number, axes: number): number[] {
  if (axes === 1) return [taps];
  const root = Math.round(taps ** (1 / axes));
  if (root ** axes === taps) return Array(axes).fill(root);
  let side = Math.floor(Math.sqrt(taps));
  while (taps % side) side--;
  return [...Array(axes - 2).fill(1), side, taps / side];
}

type Guess = Pick<PicturePlan, 'keepsSize' | 'isPooled'> & { readonly side: number };

/** The first usual size, padding and pooling that leave a picture of `wanted` pixels a side. */
function findFit(
  convs: readonly WeightLayer[],
  wanted: number,
  usual: readonly number[],
  strides: readonly number[],
  poolingsTried: readonly (readonly boolean[])[],
): Guess | undefined {
  for (const side of usual) {
    for (const isPooled of poolingsTried) {
      for (const keepsSize of [true, false]) {
        if (lastSide(side, convs, keepsSize, strides, isPooled) === wanted)
          return { side, keepsSize, isPooled };
      }
    }
  }
  return undefined;
}

/**
 * `taps`: pixels that the layer after the last convolution reads per channel; undefined if none does. `known`: per
 * convolution whether pooling follows, where the names tell. `spans`: where shortcuts lead past layers; nothing is pooled within.
 */
export function planPictures(
  convs: readonly WeightLayer[],
  taps: number | undefined,
  told: readonly (boolean | undefined)[],
  spans: readonly Span[],
): PicturePlan {
  const [{ kernel, reads }] = convs;
  const axes = kernel.length;
  const { strides: usualStrides, isMobileNet } = guessStrides(convs);
  const strides = stridesWithin(spans, convs, usualStrides);
  const isWithin = (index: number) => spans.some(({ first, last }) => first <= index && index < last);
  const known = told.map((isPooled, index) =>
    isWithin(index) || isTransposedConv(convs[index]) ? false : isPooled,
  );
  const flattened = taps === undefined || taps === 1 ? undefined : sidesOf(taps, axes);
  const usual = isTransposedConv(convs[0])
    ? [1]
    : axes === 1
      ? LENGTHS
      : reads === 1
        ? GREY_SIDES
        : COLOUR_SIDES;
  const isSquare = [...convs.map((conv) => conv.kernel), flattened ?? []].every(
    (sizes) => new Set(sizes).size < 2,
  );
  const guesses = poolings(convs);
  const asTold = guesses.map((isPooled) => isPooled.map((pooled, index) => known[index] ?? pooled));
  const fit =
    flattened && isSquare
      ? // What the numbers of the layers tell is tried first: but a gap may have been dropout.
        (findFit(convs, flattened[0], usual, strides, asTold) ??
        findFit(convs, flattened[0], usual, strides, guesses))
      : undefined;
  const all = (side: number) => Array<number>(axes).fill(side);
  if (fit) return { ...fit, sides: all(fit.side), strides, flattened, fits: true, isMobileNet };
  const isPooled = convs.map((_, index) => known[index] ?? false);
  const least = Math.max(1, ...(flattened ?? []));
  let side = isMobileNet ? IMAGENET_SIDE : usual[0];
  while (side < MAX_SIDE && lastSide(side, convs, true, strides, isPooled) < least) side *= 2;
  return { sides: all(side), keepsSize: true, strides, isPooled, flattened, fits: !flattened, isMobileNet };
}
