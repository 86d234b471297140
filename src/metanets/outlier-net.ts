/**
 * The network that tells what is unlike a zoo (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019), from
 * how the weights are arranged (./arrangement) and from a metanet's embedding: ./feature-mlp, whose only output is the logit of being
 * unlike the zoo. training/metanets/outlier_net.py is the same.
 */
import { ARRANGEMENT_FEATURES, arrangement } from './arrangement';
import type { Checkpoint } from './checkpoint';
import { featureMlpWeights, runFeatureMlp } from './feature-mlp';
import type { MetanetInput } from './input';

/** The logit of being unlike the checkpoint's zoo. Throws where the checkpoint holds no such network, or one of other sizes. */
export function outlierLogit(checkpoint: Checkpoint, input: MetanetInput, embedding: Float64Array): number {
  const features = ARRANGEMENT_FEATURES + embedding.length;
  const weights = featureMlpWeights(checkpoint, 'domain.outlier', features);
  const read = Float64Array.from([...arrangement(input), ...embedding]);
  return runFeatureMlp(weights, read).outputs[0];
}
