/** Which operator of a subgraph writes a tensor, and which read it. */
import type { OperatorEntry, Subgraph } from './model';

export class OperatorGraph {
  readonly #writers = new Map<number, OperatorEntry>();
  readonly #readers = new Map<number, Set<OperatorEntry>>();
  readonly #outputs: ReadonlySet<number>;

  constructor(readonly subgraph: Subgraph) {
    for (const operator of subgraph.operators) {
      for (const output of operator.outputs) this.#writers.set(output, operator);
      for (const input of operator.inputs) {
        const readers = this.#readers.get(input) ?? new Set();
        readers.add(operator);
        this.#readers.set(input, readers);
      }
    }
    this.#outputs = new Set(subgraph.outputs);
  }

  /** The operator of one of `types` that writes a tensor. */
  writer(tensor: number | undefined, ...types: readonly string[]): OperatorEntry | undefined {
    const writer = tensor === undefined ? undefined : this.#writers.get(tensor);
    return writer && (types.length === 0 || types.includes(writer.type)) ? writer : undefined;
  }

  firstReader(tensor: number): OperatorEntry | undefined {
    return this.#readers.get(tensor)?.values().next().value;
  }

  /** True if only operators of `readers` read a tensor, and it is no result of the subgraph. */
  isReadOnlyBy(tensor: number, readers: ReadonlySet<OperatorEntry>): boolean {
    if (this.#outputs.has(tensor)) return false;
    for (const reader of this.#readers.get(tensor) ?? []) if (!readers.has(reader)) return false;
    return true;
  }
}
