/**
 * The weights of a GMN, by the names of the PyTorch model (training/metanets/gmn.py), with their shapes checked.
 */

import { ARRANGEMENT_FEATURES } from '../arrangement';
import type { Checkpoint } from '../checkpoint';
import type { EncoderWeights } from '../encoder';
import { type FeatureMlpWeights, featureMlpWeights } from '../feature-mlp';
import type { LinearWeights } from '../linear-algebra';
import { weightReader } from '../weight-reader';

export interface RoundWeights {
  readonly nodeNorm: Float32Array;
  readonly edgeNorm: Float32Array;
  readonly source: LinearWeights;
  readonly target: LinearWeights;
  readonly edge: LinearWeights;
  readonly edgeStep: LinearWeights;
  readonly nodeHidden: LinearWeights;
  readonly nodeStep: LinearWeights;
}

export interface ReadoutWeights {
  readonly block: LinearWeights;
  readonly group: LinearWeights;
  readonly token: LinearWeights;
  readonly embedding: LinearWeights;
  readonly output: LinearWeights;
}

export interface GmnWeights {
  readonly width: number;
  readonly edgeEncoder: EncoderWeights;
  readonly nodeEncoder: EncoderWeights;
  readonly rounds: readonly RoundWeights[];
  readonly before: ReadoutWeights;
  /** None where there are no rounds. */
  readonly after?: ReadoutWeights;
  /** Of the graph's global features, where the metanet reads them. */
  readonly globalFeatures?: FeatureMlpWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function gmnWeights(checkpoint: Checkpoint): GmnWeights {
  const { width, rounds, globalFeatures = 0 } = checkpoint.card.config;
  const { take, linear, output, edgeEncoder, nodeEncoder } = weightReader(checkpoint);
  const readout = (name: string): ReadoutWeights => ({
    block: linear(`${name}.block`, 2 * width, width),
    group: linear(`${name}.group`, 2 * width, width),
    token: linear(`${name}.token`, width, width),
    embedding: linear(`${name}.embedding`, 4 * width, 2 * width),
    output: output(`${name}.output`, 2 * width),
  });
  return {
    width,
    edgeEncoder: edgeEncoder('edge_encoder', width),
    nodeEncoder: nodeEncoder('node_encoder', width),
    rounds: Array.from({ length: rounds }, (_, index) => ({
      nodeNorm: take(`rounds.${index}.node_norm.weight`, width),
      edgeNorm: take(`rounds.${index}.edge_norm.weight`, width),
      source: linear(`rounds.${index}.source`, width, width, false),
      target: linear(`rounds.${index}.target`, width, width, false),
      edge: linear(`rounds.${index}.edge`, width, width),
      edgeStep: linear(`rounds.${index}.edge_step`, width, width),
      nodeHidden: linear(`rounds.${index}.node_hidden`, 4 * width, width),
      nodeStep: linear(`rounds.${index}.node_step`, width, width),
    })),
    before: readout('before'),
    after: rounds > 0 ? readout('after') : undefined,
    globalFeatures:
      globalFeatures > 0 ? featureMlpWeights(checkpoint, 'global_features', ARRANGEMENT_FEATURES) : undefined,
  };
}
