/**
 * The weights of an NP-NFN, by the names of the PyTorch model (training/metanets/np_nfn.py), with their shapes checked.
 */
import type { Checkpoint } from '../checkpoint';
import type { EncoderWeights } from '../encoder';
import { TOLD_EDGE_KINDS } from '../facts';
import type { LinearWeights } from '../linear-algebra';
import { ORDER_FEATURES } from '../order';
import { weightReader } from '../weight-reader';

export interface NfLayerWeights {
  readonly own: LinearWeights;
  readonly row: LinearWeights;
  readonly column: LinearWeights;
  readonly block: LinearWeights;
  readonly network: LinearWeights;
  /** Of [mean over incoming weights, mean over other incoming edges, mean over outgoing edges]. */
  readonly source: LinearWeights;
  readonly target: LinearWeights;
  /** Of the kind, one-hot. */
  readonly kind: LinearWeights;
}

export interface NpNfnWeights {
  readonly width: number;
  readonly encoder: EncoderWeights;
  readonly position: LinearWeights;
  readonly layers: readonly NfLayerWeights[];
  readonly hidden: readonly LinearWeights[];
  readonly output: LinearWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function npNfnWeights(checkpoint: Checkpoint): NpNfnWeights {
  const { width, layers } = checkpoint.card.config;
  const { linear, edgeEncoder, output } = weightReader(checkpoint);
  return {
    width,
    encoder: edgeEncoder('encoder', width),
    position: linear('position', ORDER_FEATURES, width, false),
    layers: Array.from({ length: layers }, (_, k) => {
      const term = (name: string, inputs = width) => linear(`layers.${k}.${name}`, inputs, width, false);
      return {
        own: term('own'),
        row: term('row'),
        column: term('column'),
        block: term('block'),
        network: term('network'),
        source: term('source', 3 * width),
        target: term('target', 3 * width),
        kind: term('kind', TOLD_EDGE_KINDS.length),
      };
    }),
    hidden: [linear('hidden.0', width, 4 * width), linear('hidden.1', 4 * width, 4 * width)],
    output: output('output', 4 * width),
  };
}
