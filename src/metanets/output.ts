/** What every metanet answers with. */
import { type Floats, type LinearWeights, linear } from './linear-algebra';

export interface MetanetOutput {
  /** [outputs]: the first is the logit of the predicted accuracy. */
  readonly outputs: Float64Array;
  /** What the outputs are read from, and networks are compared by: [its metanet's own width]. */
  readonly embedding: Float64Array;
}

/** The last layer: outputs = O·z */
export function outputOf(embedding: Floats, output: LinearWeights): MetanetOutput {
  return {
    outputs: Float64Array.from(linear(embedding, output, 'float64')),
    embedding: Float64Array.from(embedding),
  };
}
