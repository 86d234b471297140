/**
 * The network that tells what is unlike a zoo (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019), from
 * how the weights are arranged (./arrangement) and from a metanet's embedding x:
 *
 *   logit = w3 · SiLU(W2 SiLU(W1 z + b1) + b2) + b3,    z = (x − mean) / deviation, no further than CLIP from 0
 *
 * training/metanets/outlier_net.py is the same.
 */
import { ARRANGEMENT_FEATURES, arrangement } from './arrangement';
import type { Checkpoint } from './checkpoint';
import type { MetanetInput } from './input';
import { linear, silu } from './linear-algebra';
import { weightReader } from './weight-reader';

const CLIP = 8;

/** The logit of being unlike the checkpoint's zoo. Throws where the checkpoint holds no such network, or one of other sizes. */
export function outlierLogit(checkpoint: Checkpoint, input: MetanetInput, embedding: Float64Array): number {
  const reader = weightReader(checkpoint);
  const read = Float64Array.from([...arrangement(input), ...embedding]);
  const inputs = ARRANGEMENT_FEATURES + embedding.length;
  const mean = reader.take('domain.outlier.mean', inputs);
  const deviation = reader.take('domain.outlier.deviation', inputs);
  const width = checkpoint.tensors.get('domain.outlier.first.bias')?.length ?? 0;
  const z = read.map((x, k) => Math.min(CLIP, Math.max(-CLIP, (x - mean[k]) / deviation[k])));
  const first = linear(z, reader.linear('domain.outlier.first', inputs, width), 'float64').map(silu);
  const second = linear(first, reader.linear('domain.outlier.second', width, width), 'float64').map(silu);
  return linear(second, reader.linear('domain.outlier.output', width, 1), 'float64')[0];
}
