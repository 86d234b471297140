/** A GMN's linear layers backwards, on the device: from the gradient of what they make to that of what they read. */
import { backwards, backwardsTo, sideBySide } from '../../metanets/gmn/gradient-algebra';
import type { GmnWeights } from '../../metanets/gmn/weights';
import type { GpuLinear } from '../dispatcher';
import type { GpuEdgeEncoder } from '../gmn-program';
import type { GpuBuffers } from '../gpu-buffers';
import { uploadLinear } from '../upload-linear';

export interface RoundBack {
  readonly edge: GpuLinear;
  readonly edgeStep: GpuLinear;
  readonly nodeHidden: GpuLinear;
  readonly nodeStep: GpuLinear;
  /** From the sums over the three kinds of a node's edges to what the node said: [3·H, H]. */
  readonly said: GpuLinear;
}

/** The kernel `linear` makes so many columns at once. */
const COLUMNS = 16;
/** Numbers of the longest row of gradients by edge input. */
export const MAX_INPUT_COLUMNS = 32;

export class WeightsBack {
  readonly rounds: readonly RoundBack[];
  readonly encoderOutput: GpuLinear;
  readonly #encoders = new Map<GpuEdgeEncoder, GpuLinear>();

  constructor(
    readonly buffers: GpuBuffers,
    readonly of: GmnWeights,
  ) {
    this.rounds = of.rounds.map(({ edge, edgeStep, nodeHidden, nodeStep, source, target }) => {
      const [ofTarget, ofSource] = [backwards(target), backwards(source)];
      return {
        edge: uploadLinear(buffers, 'edge back', backwards(edge)),
        edgeStep: uploadLinear(buffers, 'edge step back', backwards(edgeStep)),
        nodeHidden: uploadLinear(buffers, 'node hidden back', backwards(nodeHidden)),
        nodeStep: uploadLinear(buffers, 'node step back', backwards(nodeStep)),
        said: uploadLinear(buffers, 'projections back', sideBySide([ofTarget, ofTarget, ofSource])),
      };
    });
    this.encoderOutput = uploadLinear(buffers, 'edge encoder output back', backwards(of.edgeEncoder.output));
  }

  /** From the encoder's hidden states to its inputs, as the kernels order those of one kernel shape. */
  encoderInput(encoder: GpuEdgeEncoder): GpuLinear {
    const known = this.#encoders.get(encoder);
    if (known) return known;
    const { columns } = encoder;
    const padded = Math.ceil(columns.length / COLUMNS) * COLUMNS;
    const back = backwardsTo(this.of.edgeEncoder.input, columns, padded);
    const layer = uploadLinear(this.buffers, 'edge encoder input back', back);
    this.#encoders.set(encoder, layer);
    return layer;
  }
}
