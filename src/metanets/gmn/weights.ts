/**
 * The weights of a GMN, by the names of the PyTorch model (training/metanets/gmn.py), with their shapes checked.
 */

import type { Checkpoint } from '../checkpoint';
import { EDGE_INPUTS } from '../edge-inputs';
import { EDGE_FACTS, NODE_FACTS } from '../facts';
import type { LinearWeights } from '../linear-algebra';
import { ORDER_FEATURES } from '../order';

export interface EncoderWeights {
  readonly input: LinearWeights;
  readonly facts: LinearWeights;
  readonly output: LinearWeights;
}

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
  /** Outputs of the head; the first is the logit of the accuracy. */
  readonly outputs: number;
  readonly edgeEncoder: EncoderWeights;
  readonly nodeEncoder: EncoderWeights;
  readonly rounds: readonly RoundWeights[];
  readonly before: ReadoutWeights;
  readonly after: ReadoutWeights;
}

/** Looks up every weight of a checkpoint. Throws where one is missing or has another size. */
export function gmnWeights({ card, tensors }: Checkpoint): GmnWeights {
  const { width, rounds } = card.config;
  const take = (name: string, length: number): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor?.length !== length) {
      throw new Error(
        `The checkpoint's ${name} should have ${length} numbers and has ${tensor?.length ?? 'none'}.`,
      );
    }
    return tensor;
  };
  const linear = (name: string, inputs: number, outputs: number, hasBias = true): LinearWeights => ({
    weight: take(`${name}.weight`, inputs * outputs),
    bias: hasBias ? take(`${name}.bias`, outputs) : undefined,
    inputs,
    outputs,
  });
  const encoder = (name: string, inputs: number, facts: number): EncoderWeights => ({
    input: linear(`${name}.input`, inputs, width, false),
    facts: linear(`${name}.facts`, facts, width),
    output: linear(`${name}.output`, width, width),
  });
  const outputs = tensors.get('before.output.bias')?.length ?? 0;
  const readout = (name: string): ReadoutWeights => ({
    block: linear(`${name}.block`, 2 * width, width),
    group: linear(`${name}.group`, 2 * width, width),
    token: linear(`${name}.token`, width, width),
    embedding: linear(`${name}.embedding`, 4 * width, 2 * width),
    output: linear(`${name}.output`, 2 * width, outputs),
  });
  return {
    width,
    outputs,
    edgeEncoder: encoder('edge_encoder', EDGE_INPUTS, EDGE_FACTS),
    nodeEncoder: encoder('node_encoder', ORDER_FEATURES, NODE_FACTS),
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
    after: readout('after'),
  };
}
