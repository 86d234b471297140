/** One operator of a graph model with what it reads: what its translation gets. */
import type { Flow, Attributes as OnnxAttributes, ProgramBuilder } from '../program-builder';
import type { StoredTensor } from '../tensor';
import type { Attributes, GraphNode } from './graph-node';

/** Data on its way through the network, or a stored tensor. */
export type Value = Flow | StoredTensor;

export const isTensor = (value: Value): value is StoredTensor => 'storage' in value;

const rankOf = (value: Value) => (isTensor(value) ? value.shape.length : value.rank);

/** Why an operator cannot be translated; it is then reported by its name. */
export class NotTranslatedError extends Error {}

export class GraphCall {
  constructor(
    readonly node: GraphNode,
    readonly inputs: readonly Value[],
    readonly builder: ProgramBuilder,
    /** The elements of small whole-number tensors. */
    readonly known: ReadonlyMap<StoredTensor, readonly number[]>,
  ) {}

  get attributes(): Attributes {
    return this.node.attributes;
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (!value) throw new NotTranslatedError('reads nothing');
    return value;
  }

  flow(index: number): Flow {
    const value = this.input(index);
    if (isTensor(value)) throw new NotTranslatedError('reads a weight where data is expected');
    return value;
  }

  tensor(index: number): StoredTensor {
    const value = this.input(index);
    if (!isTensor(value)) throw new NotTranslatedError('reads data where a weight is expected');
    return value;
  }

  /** A list of numbers that the graph holds. */
  numbers(index: number): readonly number[] {
    const numbers = this.known.get(this.tensor(index));
    if (!numbers) throw new NotTranslatedError('is given numbers that are not known');
    return numbers;
  }

  /** A value under the name that operators use for it; small whole numbers as a constant of the program. */
  use(value: Value): Flow {
    if (!isTensor(value)) return value;
    const numbers = this.known.get(value);
    if (numbers && value.shape.length < 2)
      return this.builder.constant(value.shape.length === 0 ? numbers[0] : numbers);
    return { name: this.builder.tensor(value), rank: value.shape.length };
  }

  rank(...values: readonly Value[]): number {
    return Math.max(...values.map(rankOf));
  }

  add(type: string, inputs: readonly (Flow | string)[], rank: number, attributes?: OnnxAttributes): Flow {
    return this.builder.add(this.node.name, type, inputs, rank, attributes);
  }

  permute(value: Flow, permutation: readonly number[]): Flow {
    return this.add('Transpose', [value], permutation.length, { perm: permutation });
  }

  get isChannelsFirst(): boolean {
    return this.attributes.text('data_format').startsWith('NC');
  }

  /** [batch, …, channels] to [batch, channels, …], where the channels are not there already. */
  channelsFirst(flow: Flow): Flow {
    if (this.isChannelsFirst || flow.rank < 3) return flow;
    const spatial = Array.from({ length: flow.rank - 2 }, (_, axis) => axis + 1);
    return this.permute(flow, [0, flow.rank - 1, ...spatial]);
  }

  /** The way back. */
  channelsLast(flow: Flow): Flow {
    if (this.isChannelsFirst || flow.rank < 3) return flow;
    const spatial = Array.from({ length: flow.rank - 2 }, (_, axis) => axis + 2);
    return this.permute(flow, [0, ...spatial, 1]);
  }
}

export type GraphTranslation = (call: GraphCall) => Flow | readonly Flow[];
