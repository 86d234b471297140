/**
 * DeepSets (Zaheer et al., NeurIPS 2017) over the parameters of a network, in the form of Lim et al., "The Empirical Impact of
 * Neural Parameter Symmetries, or Lack Thereof" (NeurIPS 2024). A parameter θ is a number, and nothing says where it stands.
 *
 *   φ(x) = ReLU(LN(W x + b))        z = φ₂(φ₁(mean over θ of φ₀(θ)))        outputs = O·z
 */
import type { Checkpoint } from '../checkpoint';
import type { MetanetInput } from '../input';
import { type Floats, type LinearWeights, type Precision, zeros } from '../linear-algebra';
import { type NormedLinearWeights, normedLinear, normedLinearWeights } from '../normed-linear';
import { type MetanetOutput, outputOf } from '../output';
import { parameterBlocks } from '../parameters';
import { weightReader } from '../weight-reader';

/** Parameters that are looked at together: bounds the memory that their states take. */
const ROWS = 16_384;

export interface DeepSetsWeights {
  readonly width: number;
  readonly each: NormedLinearWeights;
  readonly hidden: readonly NormedLinearWeights[];
  readonly output: LinearWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function deepSetsWeights(checkpoint: Checkpoint): DeepSetsWeights {
  const { width } = checkpoint.card.config;
  const reader = weightReader(checkpoint);
  return {
    width,
    each: normedLinearWeights(reader, 'each', 1, width),
    hidden: [0, 1].map((k) => normedLinearWeights(reader, `hidden.${k}`, width, width)),
    output: reader.output('output', width),
  };
}

/** Runs the metanet on one input network. */
export function runDeepSets(
  { width, each, hidden, output }: DeepSetsWeights,
  input: MetanetInput,
  { precision = 'float32' }: { precision?: Precision } = {},
): MetanetOutput {
  const blocks = parameterBlocks(input);
  const count = blocks.reduce((total, { length }) => total + length, 0);
  const mean = new Float64Array(width);
  for (const values of blocks) {
    for (let start = 0; start < values.length; start += ROWS) {
      const part = values.subarray(start, start + ROWS);
      const x = zeros(part.length, precision);
      x.set(part);
      normedLinear(x, each, precision).forEach((state, i) => {
        mean[i % width] += state / count;
      });
    }
  }
  let embedding: Floats = mean;
  for (const layer of hidden) embedding = normedLinear(embedding, layer, 'float64');
  return outputOf(embedding, output);
}
