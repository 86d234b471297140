/**
 * Looks up the weights of a checkpoint by the names of the PyTorch model. Everything throws where a weight is missing or has
 * another size than the metanet's configuration says.
 */
import type { Checkpoint } from './checkpoint';
import { EDGE_INPUTS } from './edge-inputs';
import type { EncoderWeights } from './encoder';
import { EDGE_FACTS, NODE_FACTS } from './facts';
import type { LinearWeights } from './linear-algebra';
import { ORDER_FEATURES } from './order';

export interface WeightReader {
  /** All numbers of one tensor. */
  take(name: string, length: number): Float32Array;
  linear(name: string, inputs: number, outputs: number, hasBias?: boolean): LinearWeights;
  /** A metanet's last layer: it has as many outputs as the checkpoint says. */
  output(name: string, inputs: number): LinearWeights;
  edgeEncoder(name: string, width: number): EncoderWeights;
  nodeEncoder(name: string, width: number): EncoderWeights;
}

export function weightReader({ tensors }: Checkpoint): WeightReader {
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
  const encoder = (name: string, inputs: number, facts: number, width: number): EncoderWeights => ({
    input: linear(`${name}.input`, inputs, width, false),
    facts: linear(`${name}.facts`, facts, width),
    output: linear(`${name}.output`, width, width),
  });
  return {
    take,
    linear,
    output: (name, inputs) => linear(name, inputs, tensors.get(`${name}.bias`)?.length ?? 0),
    edgeEncoder: (name, width) => encoder(name, EDGE_INPUTS, EDGE_FACTS, width),
    nodeEncoder: (name, width) => encoder(name, ORDER_FEATURES, NODE_FACTS, width),
  };
}
