/**
 * The weights of NG-GNN and NG-T, by the names of the PyTorch models (training/metanets/neural_graphs.py), with their shapes
 * checked.
 */
import type { Checkpoint } from '../checkpoint';
import type { EncoderWeights } from '../encoder';
import type { LinearWeights } from '../linear-algebra';
import { type WeightReader, weightReader } from '../weight-reader';

export interface NormWeights {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

export interface EncodersWeights {
  readonly node: EncoderWeights;
  readonly forwardEdge: EncoderWeights;
  readonly reverseEdge: EncoderWeights;
}

export interface ReadoutWeights {
  readonly first: LinearWeights;
  readonly second: LinearWeights;
  readonly output: LinearWeights;
}

export interface PnaWeights {
  readonly reader: LinearWeights;
  readonly origin: LinearWeights;
  readonly modulation: LinearWeights;
  readonly node: LinearWeights;
}

export interface EdgeUpdateWeights {
  readonly edge: LinearWeights;
  readonly reader: LinearWeights;
  readonly origin: LinearWeights;
  readonly output: LinearWeights;
}

export interface NgGnnWeights {
  /** Mean of log(degree + 1) over the zoo's nodes. */
  readonly logDegree: number;
  readonly encoders: EncodersWeights;
  readonly layers: readonly PnaWeights[];
  /** One less than layers: nothing follows the last but the readout. */
  readonly norms: readonly NormWeights[];
  readonly edgeUpdates: readonly EdgeUpdateWeights[];
  readonly readout: ReadoutWeights;
}

export interface AttentionWeights {
  /** To query, key and value. */
  readonly node: LinearWeights;
  /** To what is added to query, key and value, and what multiplies the value. */
  readonly edge: LinearWeights;
  readonly output: LinearWeights;
}

export interface MlpWeights {
  readonly hidden: LinearWeights;
  readonly output: LinearWeights;
}

export type EdgeStepWeights = EdgeUpdateWeights & { readonly opposite: LinearWeights };

export interface LayerWeights<Step> {
  readonly step: Step;
  readonly stepNorm: NormWeights;
  readonly mlp: MlpWeights;
  readonly mlpNorm: NormWeights;
}

export interface NgTWeights {
  readonly width: number;
  readonly heads: number;
  readonly encoders: EncodersWeights;
  /** [width]: the state of a node's edge to itself. */
  readonly selfEdge: Float32Array;
  readonly nodeLayers: readonly LayerWeights<AttentionWeights>[];
  /** One less than nodeLayers: nothing reads the edges after the last. */
  readonly edgeLayers: readonly LayerWeights<EdgeStepWeights>[];
  readonly readout: ReadoutWeights;
}

const times = <T>(count: number, read: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => read(index));

const normWeights = ({ take }: WeightReader, name: string, width: number): NormWeights => ({
  scale: take(`${name}.weight`, width),
  shift: take(`${name}.bias`, width),
});

const encodersWeights = ({ nodeEncoder, edgeEncoder }: WeightReader, width: number): EncodersWeights => ({
  node: nodeEncoder('encoders.node', width),
  forwardEdge: edgeEncoder('encoders.forward_edge', width),
  reverseEdge: edgeEncoder('encoders.reverse_edge', width),
});

function readoutWeights({ linear, output }: WeightReader, width: number): ReadoutWeights {
  return {
    first: linear('readout.first', 2 * width, width),
    second: linear('readout.second', width, width),
    output: output('readout.output', width),
  };
}

const edgeUpdateWeights = ({ linear }: WeightReader, name: string, width: number): EdgeUpdateWeights => ({
  edge: linear(`${name}.edge`, width, width),
  reader: linear(`${name}.reader`, width, width, false),
  origin: linear(`${name}.origin`, width, width, false),
  output: linear(`${name}.output`, width, width),
});

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function ngGnnWeights(checkpoint: Checkpoint): NgGnnWeights {
  const { width, layers, log_degree } = checkpoint.card.config;
  const reader = weightReader(checkpoint);
  const { linear } = reader;
  return {
    logDegree: log_degree,
    encoders: encodersWeights(reader, width),
    layers: times(layers, (k) => ({
      reader: linear(`layers.${k}.reader`, width, width),
      origin: linear(`layers.${k}.origin`, width, width, false),
      modulation: linear(`layers.${k}.modulation`, width, 2 * width),
      node: linear(`layers.${k}.node`, 9 * width, width),
    })),
    norms: times(layers - 1, (k) => normWeights(reader, `norms.${k}`, width)),
    edgeUpdates: times(layers - 1, (k) => edgeUpdateWeights(reader, `edge_updates.${k}`, width)),
    readout: readoutWeights(reader, width),
  };
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function ngTWeights(checkpoint: Checkpoint): NgTWeights {
  const { width, layers, heads } = checkpoint.card.config;
  const reader = weightReader(checkpoint);
  const { linear, take } = reader;
  const layer = <Step>(name: string, step: Step): LayerWeights<Step> => ({
    step,
    stepNorm: normWeights(reader, `${name}.step_norm`, width),
    mlp: {
      hidden: linear(`${name}.mlp.hidden`, width, width, false),
      output: linear(`${name}.mlp.output`, width, width),
    },
    mlpNorm: normWeights(reader, `${name}.mlp_norm`, width),
  });
  return {
    width,
    heads,
    encoders: encodersWeights(reader, width),
    selfEdge: take('self_edge', width),
    nodeLayers: times(layers, (k) =>
      layer(`node_layers.${k}`, {
        node: linear(`node_layers.${k}.step.node`, width, 3 * width, false),
        edge: linear(`node_layers.${k}.step.edge`, width, 4 * width, false),
        output: linear(`node_layers.${k}.step.output`, width, width),
      }),
    ),
    edgeLayers: times(layers - 1, (k) =>
      layer(`edge_layers.${k}`, {
        ...edgeUpdateWeights(reader, `edge_layers.${k}.step`, width),
        opposite: linear(`edge_layers.${k}.step.opposite`, width, width, false),
      }),
    ),
    readout: readoutWeights(reader, width),
  };
}
