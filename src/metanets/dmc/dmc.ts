/**
 * Deep meta-classifier: a one-dimensional CNN over the sequence of a network's parameters (Eilertsen et al., "Classifying the
 * classifier: dissecting the weight space of neural networks", ECAI 2020), with the layers of Lim et al., "The Empirical Impact
 * of Neural Parameter Symmetries, or Lack Thereof" (NeurIPS 2024). By design it is no function of the graph: exchanging two
 * neurons changes the sequence, and moves the output.
 *
 * x: [channels, positions]; at first .4·asinh(4·θ·scale) of the parameters θ block by block, the scale as for edge inputs
 * (../edge-inputs), where the papers read θ itself. In every layer
 *
 *   x = BN(ReLU(conv x))                kernel 5, zeros beyond both ends, running statistics
 *   x = max of positions 2i and 2i + 1  in layers 0 … 5, 7 and 9; the last of an odd number stays
 *
 * and at last, with φ(x) = ReLU(LN(W x + b)),
 *
 *   z = φ₁(mean over positions of φ₀(x))        outputs = O·z
 *
 * Lim's convolutions see no zeros at the ends, which leaves nothing of networks with fewer than some thousand parameters.
 */
import type { Checkpoint } from '../checkpoint';
import type { MetanetInput } from '../input';
import { type Floats, type LinearWeights, type Precision, relu, zeros } from '../linear-algebra';
import { type NormedLinearWeights, normedLinear, normedLinearWeights } from '../normed-linear';
import { type MetanetOutput, outputOf } from '../output';
import { holdsParameters } from '../parameters';
import { weightReader } from '../weight-reader';

export const KERNEL = 5;
const LAYERS = 10;
/** Channels double from layer to layer up to the full width; from then on only every other layer pools. */
const DOUBLINGS = 5;
export const BATCH_NORM_EPSILON = 1e-5;

export interface DmcLayerWeights {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs, KERNEL] */
  readonly kernel: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly pools: boolean;
}

export interface DmcWeights {
  readonly width: number;
  readonly layers: readonly DmcLayerWeights[];
  readonly each: NormedLinearWeights;
  readonly hidden: NormedLinearWeights;
  readonly output: LinearWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function dmcWeights(checkpoint: Checkpoint): DmcWeights {
  const { width } = checkpoint.card.config;
  const reader = weightReader(checkpoint);
  const { take } = reader;
  const channels = (layer: number) => (layer < 0 ? 1 : Math.max(2, width >> Math.max(0, DOUBLINGS - layer)));
  return {
    width,
    layers: Array.from({ length: LAYERS }, (_, layer) => {
      const [inputs, outputs] = [channels(layer - 1), channels(layer)];
      const name = `layers.${layer}`;
      return {
        inputs,
        outputs,
        kernel: take(`${name}.conv.weight`, outputs * inputs * KERNEL),
        bias: take(`${name}.conv.bias`, outputs),
        mean: take(`${name}.norm.mean`, outputs),
        variance: take(`${name}.norm.variance`, outputs),
        scale: take(`${name}.norm.weight`, outputs),
        shift: take(`${name}.norm.bias`, outputs),
        pools: layer <= DOUBLINGS || layer % 2 === 1,
      };
    }),
    each: normedLinearWeights(reader, 'each', width, width),
    hidden: normedLinearWeights(reader, 'hidden', width, width),
    output: reader.output('output', width),
  };
}

/** The parameters one after the other, compressed: [1, parameters]. */
export function sequence({ graph, values, scales }: MetanetInput, precision: Precision): Floats {
  const blocks = graph.blocks
    .map((_, index) => index)
    .filter((index) => holdsParameters(graph.blocks[index]));
  const x = zeros(
    blocks.reduce((total, index) => total + values[index].length, 0),
    precision,
  );
  let place = 0;
  for (const index of blocks) {
    for (const value of values[index]) x[place++] = 0.4 * Math.asinh(4 * value * scales[index]);
  }
  return x;
}

/** BN(ReLU(conv x)): [inputs, length] to [outputs, length]. */
function convolve(x: Floats, weights: DmcLayerWeights, precision: Precision): Floats {
  const { inputs, outputs, kernel, bias, mean, variance, scale, shift } = weights;
  const length = x.length / inputs;
  const y = zeros(outputs * length, precision);
  const sums = new Float64Array(length);
  for (let output = 0; output < outputs; output++) {
    sums.fill(bias[output]);
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < KERNEL; tap++) {
        const weight = kernel[(output * inputs + input) * KERNEL + tap];
        const offset = tap - (KERNEL - 1) / 2;
        const last = Math.min(length, length - offset);
        for (let place = Math.max(0, -offset); place < last; place++)
          sums[place] += weight * x[input * length + place + offset];
      }
    }
    const factor = scale[output] / Math.sqrt(variance[output] + BATCH_NORM_EPSILON);
    for (let place = 0; place < length; place++)
      y[output * length + place] = (relu(sums[place]) - mean[output]) * factor + shift[output];
  }
  return y;
}

/** Maximum of every two positions: [channels, length] to [channels, ⌈length / 2⌉]. */
function pool(x: Floats, channels: number, precision: Precision): Floats {
  const length = x.length / channels;
  const pooled = Math.ceil(length / 2);
  const y = zeros(channels * pooled, precision);
  for (let channel = 0; channel < channels; channel++) {
    for (let place = 0; place < pooled; place++) {
      const at = channel * length + 2 * place;
      y[channel * pooled + place] = 2 * place + 1 < length ? Math.max(x[at], x[at + 1]) : x[at];
    }
  }
  return y;
}

/** From the mean over positions of φ₀(x), [width], to the outputs. */
export function readOut({ hidden, output }: DmcWeights, mean: Floats): MetanetOutput {
  return outputOf(normedLinear(mean, hidden, 'float64'), output);
}

/** Runs the metanet on one input network. */
export function runDmc(
  weights: DmcWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const { width, layers, each } = weights;
  let x = sequence(input, precision);
  for (const layer of layers) {
    x = convolve(x, layer, precision);
    if (layer.pools) x = pool(x, layer.outputs, precision);
  }
  const positions = x.length / width;
  const byPosition = zeros(x.length, precision);
  x.forEach((state, i) => {
    byPosition[(i % positions) * width + Math.floor(i / positions)] = state;
  });
  const mean = new Float64Array(width);
  normedLinear(byPosition, each, precision).forEach((state, i) => {
    mean[i % width] += state / positions;
  });
  return readOut(weights, mean);
}
