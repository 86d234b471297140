/** DMC on the GPU, step by step as in its plain twin (src/metanets/dmc/dmc.ts), where the formulas stand. */
import {
  BATCH_NORM_EPSILON,
  type DmcLayerWeights,
  type DmcWeights,
  KERNEL,
  readOut,
  sequence,
} from '../../metanets/dmc/dmc';
import type { MetanetInput } from '../../metanets/input';
import type { LinearWeights } from '../../metanets/linear-algebra';
import type { MetanetOutput } from '../../metanets/output';
import { rowLists } from './row-lists';
import { rowsOf, type Table, type TensorOps } from './tensor-ops';

export const DMC_KERNELS = ['norm-and-pool'] as const;

/** Positions of zeros before and after a sequence; shaders/comparison/norm-and-pool.wgsl has the same. */
const MARGIN = (KERNEL - 1) / 2;

/** Channels stand in whole vectors, one row a position; what is beyond them stays zero. */
const padded = (channels: number) => Math.ceil(channels / 4) * 4;

/** A convolution as a linear layer that reads KERNEL positions one after the other: [outputs, KERNEL · padded inputs]. */
function overWindows({ inputs, outputs, kernel, bias }: DmcLayerWeights): LinearWeights {
  const window = KERNEL * padded(inputs);
  const weight = new Float32Array(outputs * window);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < KERNEL; tap++) {
        weight[output * window + tap * padded(inputs) + input] =
          kernel[(output * inputs + input) * KERNEL + tap];
      }
    }
  }
  return { weight, bias, inputs: window, outputs };
}

/** [3, channels]: mean, factor, shift. */
function normOf({ outputs, mean, variance, scale, shift }: DmcLayerWeights): Float32Array {
  const norm = new Float32Array(3 * padded(outputs));
  norm.set(mean);
  norm.set(
    scale.map((value, k) => value / Math.sqrt(variance[k] + BATCH_NORM_EPSILON)),
    padded(outputs),
  );
  norm.set(shift, 2 * padded(outputs));
  return norm;
}

/** A layer, from positions within margins to positions within margins: [2·MARGIN + positions, channels]. */
function convolve(ops: TensorOps, x: Table, layer: DmcLayerWeights): Table {
  const positions = x.rows - 2 * MARGIN;
  const window = layer.pools ? 2 : 1;
  const convolved = ops.linear(rowsOf(x, 0, positions), overWindows(layer), { activation: 'relu' });
  const y = ops.table('sequence', Math.ceil(positions / window) + 2 * MARGIN, layer.outputs);
  const norm = ops.upload('batch norm', normOf(layer), padded(layer.outputs));
  const items = y.rows * y.stride4;
  ops.dispatch(
    'norm-and-pool',
    [y.stride4, items, positions, window],
    [norm.buffer, convolved.buffer, y.buffer],
    items,
    positions * layer.outputs,
  );
  ops.release(convolved);
  return y;
}

/** Runs the metanet on one input network; the mean over positions comes back. Throws GraphTooLargeError. */
export async function runDmcOnGpu(
  ops: TensorOps,
  weights: DmcWeights,
  input: MetanetInput,
): Promise<MetanetOutput> {
  const { width, layers, each } = weights;
  const values = sequence(input, 'float32');
  const rows = new Float32Array((values.length + 2 * MARGIN) * 4);
  values.forEach((value, place) => {
    rows[(place + MARGIN) * 4] = value;
  });
  let x = ops.upload('parameters', rows, 4);
  for (const layer of layers) {
    const before = x;
    x = convolve(ops, before, layer);
    ops.release(before);
  }
  const positions = x.rows - 2 * MARGIN;
  const states = ops.linear(rowsOf(x, MARGIN, positions), each.linear);
  ops.normalise(states, each, { activation: 'relu' });
  const whole = ops.uploadLists(rowLists(1, new Uint32Array(positions)));
  return readOut(weights, await ops.read(ops.means(states, width, whole)));
}
