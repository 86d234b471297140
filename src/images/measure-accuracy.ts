/** How many of the labelled images a network puts into the right class, and its loss on them. */
import { newPace, type WorkOptions } from '../pace';
import type { LabelledImages } from './read-images';

/** How a pixel of 0 … 255 becomes a number: what the network was trained on is not in its file. */
export const SCALINGS = ['zoo', 'standardised', 'unit', 'signed', 'bytes'] as const;
export type Scaling = (typeof SCALINGS)[number];

/** Mean and deviation of CIFAR-10's training images, by channel, of pixels from 0 to 1: training/cifar.py. */
const ZOO_MEAN = [0.4914, 0.4822, 0.4465];
const ZOO_DEVIATION = [0.247, 0.2435, 0.2616];

export interface Accuracy {
  /** Share of the images, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  readonly count: number;
}

/** A network that reads one array. Open sizes are names, or not positive. */
export interface ImageNetwork {
  readonly inputShape: readonly (number | string)[];
  /** `values`: row-major, of `shape`. Resolves to the first output, row-major. */
  run(shape: readonly number[], values: Float32Array<ArrayBuffer>): Promise<Float32Array>;
}

const BATCH = 100;
/** Batches of large images are shorter, so that progress is seen and memory stays flat. */
const MAX_BATCH_PIXELS = 2 ** 22;

/**
 * Runs the network on the first `count` images. Throws an Error, with a sentence, where images and network do not fit, and the
 * signal's reason when it is aborted.
 */
export async function measureAccuracy(
  network: ImageNetwork,
  images: LabelledImages,
  { scaling, count = images.count }: { readonly scaling: Scaling; readonly count?: number },
  work: WorkOptions = {},
): Promise<Accuracy> {
  const pace = newPace(work);
  const total = Math.min(count, images.count);
  const { rows, shapeOf, isChannelsLast } = layoutFor(network.inputShape, images);
  const scale = scalerOf(images, scaling);
  const size = images.channels * images.height * images.width;
  const batch = rows ?? Math.max(1, Math.min(BATCH, Math.floor(MAX_BATCH_PIXELS / size)));
  let [right, loss] = [0, 0];
  for (let first = 0; first < total; first += batch) {
    const filled = Math.min(batch, total - first);
    const length = rows ?? filled;
    const values = new Float32Array(length * size);
    for (let row = 0; row < filled; row++) {
      writeImage(values.subarray(row * size, (row + 1) * size), images, first + row, scale, isChannelsLast);
    }
    const outputs = await network.run(shapeOf(length), values);
    const classes = outputs.length / length;
    for (let row = 0; row < filled; row++) {
      const scores = outputs.subarray(row * classes, (row + 1) * classes);
      const label = images.labels[first + row];
      if (label >= classes) {
        const found = Number.isInteger(classes) ? `${classes} numbers` : 'nothing of one size';
        throw new Error(
          `An image is of class ${label + 1}, and the network puts out ${found} for each. Choose images of its own task.`,
        );
      }
      if (largest(scores) === label) right++;
      loss += crossEntropy(scores, label);
    }
    await pace((first + filled) / total);
  }
  return { accuracy: right / total, loss: loss / total, count: total };
}

/** How images lie in the network's input. `rows`: how many it takes at once; undefined where that is open. */
function layoutFor(inputShape: readonly (number | string)[], images: LabelledImages) {
  const { channels, height, width } = images;
  const [first, ...rest] = inputShape;
  const rows = typeof first === 'number' && first > 0 ? first : undefined;
  const fits = (shape: readonly number[]) =>
    rest.length === shape.length &&
    shape.every((size, axis) => {
      const own = rest[axis];
      return own === size || typeof own === 'string' || own <= 0;
    });
  const layouts = [
    { shape: [channels, height, width], isChannelsLast: false },
    { shape: [height, width, channels], isChannelsLast: true },
    { shape: [channels * height * width], isChannelsLast: false },
    ...(channels === 1 ? [{ shape: [height, width], isChannelsLast: false }] : []),
  ];
  const layout = layouts.find(({ shape }) => fits(shape));
  if (!layout) {
    throw new Error(
      `The images have ${channels} × ${height} × ${width} pixels, and the network reads ${rest.join(' × ') || 'single numbers'}. Choose images of its own task.`,
    );
  }
  const { shape, isChannelsLast } = layout;
  return { rows, isChannelsLast, shapeOf: (length: number) => [length, ...shape] };
}

/** By channel: a pixel times `factor` plus `offset`. */
interface Scale {
  readonly factor: number;
  readonly offset: number;
}

function scalerOf(images: LabelledImages, scaling: Scaling): readonly Scale[] {
  const normalised = (mean: number, deviation: number): Scale => ({
    factor: 1 / (255 * deviation),
    offset: -mean / deviation,
  });
  const same = (scale: Scale) => Array.from({ length: images.channels }, () => scale);
  switch (scaling) {
    case 'zoo':
      if (images.channels !== ZOO_MEAN.length) {
        throw new Error('The zoo’s pixels have three colours, these images have not. Choose another scale.');
      }
      return ZOO_MEAN.map((mean, channel) => normalised(mean, ZOO_DEVIATION[channel]));
    case 'standardised':
      return Array.from({ length: images.channels }, (_, channel) => {
        const { mean, deviation } = knownMoments(images)[channel];
        return normalised(mean / 255, deviation / 255 || 1);
      });
    case 'unit':
      return same({ factor: 1 / 255, offset: 0 });
    case 'signed':
      return same({ factor: 2 / 255, offset: -1 });
    case 'bytes':
      return same({ factor: 1, offset: 0 });
    default:
      return scaling satisfies never;
  }
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** Of each channel. The same images are measured on again and again: after each edit, all along a line. */
const moments = new WeakMap<LabelledImages, readonly Moments[]>();

function knownMoments(images: LabelledImages): readonly Moments[] {
  const known =
    moments.get(images) ??
    Array.from({ length: images.channels }, (_, channel) => momentsOf(images, channel));
  moments.set(images, known);
  return known;
}

function momentsOf({ pixels, count, channels, height, width }: LabelledImages, channel: number): Moments {
  const area = height * width;
  let [sum, squares] = [0, 0];
  for (let image = 0; image < count; image++) {
    const start = (image * channels + channel) * area;
    for (let at = start; at < start + area; at++) {
      sum += pixels[at];
      squares += pixels[at] ** 2;
    }
  }
  const mean = sum / (count * area);
  return { mean, deviation: Math.sqrt(Math.max(0, squares / (count * area) - mean ** 2)) };
}

function writeImage(
  values: Float32Array,
  { pixels, channels, height, width }: LabelledImages,
  image: number,
  scale: readonly Scale[],
  isChannelsLast: boolean,
): void {
  const area = height * width;
  scale.forEach(({ factor, offset }, channel) => {
    const start = (image * channels + channel) * area;
    for (let at = 0; at < area; at++) {
      values[isChannelsLast ? at * channels + channel : channel * area + at] =
        pixels[start + at] * factor + offset;
    }
  });
}

function largest(scores: Float32Array): number {
  let best = 0;
  for (let place = 1; place < scores.length; place++) if (scores[place] > scores[best]) best = place;
  return best;
}

/** A loss beyond this says no more than that the class was thought impossible. */
const LEAST_PROBABILITY = 1e-12;

/** Of logits; or of probabilities, where the network ends in a softmax. */
function crossEntropy(scores: Float32Array, label: number): number {
  const top = scores[largest(scores)];
  let [sum, exponentials, isPositive] = [0, 0, true];
  for (const score of scores) {
    sum += score;
    exponentials += Math.exp(score - top);
    isPositive &&= score >= 0;
  }
  const areProbabilities = isPositive && Math.abs(sum - 1) < 1e-3;
  const probability = areProbabilities ? scores[label] : Math.exp(scores[label] - top) / exponentials;
  return -Math.log(Math.max(LEAST_PROBABILITY, probability));
}
