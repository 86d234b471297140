/**
 * An edit at work: reads the values of edge blocks as they are before it, and collects what it writes in copies of the tensors
 * that it touches.
 */
import type { StoredTensor } from '../formats';
import {
  blockValues,
  type EdgeBlock,
  forEachEdge,
  type ParameterGraph,
  sourcesPerTarget,
  type TensorValues,
} from '../graph';
import { type Network, UnsupportedModelError } from '../network';

/** A block whose values are parameters. */
export type ParameterBlock = EdgeBlock & { readonly values: TensorValues };

/** A network with its values as they are now. */
export interface Subject {
  readonly fileName: string;
  readonly network: Network;
  readonly graph: ParameterGraph;
  /** Elements of a tensor, [elementCount]; not to be written to. */
  read(tensor: StoredTensor): Promise<Float32Array>;
}

export const isParameterBlock = (block: EdgeBlock): block is ParameterBlock => block.values.kind === 'tensor';

/** Blocks of parameters; of several that are the same elements of one tensor, the first. */
export function distinctBlocks({ blocks }: ParameterGraph): ParameterBlock[] {
  const met = new Set<string>();
  return blocks.filter(isParameterBlock).filter(({ values: { tensor, rows, columns, taps }, edgeCount }) => {
    const first = rows.length && columns.length && taps.length ? rows[0] + columns[0] + taps[0] : 0;
    const key = JSON.stringify([tensor.name, first, edgeCount]);
    const isNew = !met.has(key);
    met.add(key);
    return isNew;
  });
}

export class Draft {
  readonly #after = new Map<string, Float32Array>();
  /** Elements that were written, of tensors that several blocks read. */
  readonly #written = new Map<string, Uint8Array>();
  readonly #shared: ReadonlySet<string>;

  constructor(readonly subject: Subject) {
    const met = new Set<string>();
    const shared = new Set<string>();
    for (const { tensorName } of subject.graph.blocks) {
      if (tensorName === undefined) continue;
      if (met.has(tensorName)) shared.add(tensorName);
      met.add(tensorName);
    }
    this.#shared = shared;
  }

  /** By tensor, its elements after the edit; only those that were touched. */
  get changed(): ReadonlyMap<string, Float32Array> {
    return this.#after;
  }

  /** A block's values before the edit, in edge order, [edgeCount]; not to be written to. */
  async values(block: ParameterBlock): Promise<Float32Array> {
    return blockValues(block, this.subject.graph.groups, await this.subject.read(block.values.tensor));
  }

  /** Throws UnsupportedModelError where another block wants the same element to become something else. */
  async write(block: ParameterBlock, values: Float32Array): Promise<void> {
    const { tensor } = block.values;
    const { name, elementCount } = tensor;
    const elements = this.#after.get(name) ?? new Float32Array(await this.subject.read(tensor));
    this.#after.set(name, elements);
    const isShared = this.#shared.has(name);
    const written = this.#written.get(name) ?? new Uint8Array(isShared ? elementCount : 0);
    this.#written.set(name, written);
    let isTorn = false;
    forEachEdge(block, this.subject.graph.groups, (edge, offset) => {
      if (isShared) {
        if (written[offset] && !Object.is(elements[offset], values[edge])) isTorn = true;
        written[offset] = 1;
      }
      elements[offset] = values[edge];
    });
    if (isTorn) {
      throw new UnsupportedModelError(
        `"${name}" is used in two places that this edit would have to change differently`,
        this.subject.fileName,
        'Choose a single group that does not use it.',
      );
    }
  }

  /** Gives every edge of a block another value. `target` and `source` count within their groups. */
  async map(
    block: ParameterBlock,
    change: (value: number, target: number, source: number) => number,
  ): Promise<void> {
    const { groups } = this.subject.graph;
    const before = await this.values(block);
    const after = new Float32Array(before.length);
    const perTarget = sourcesPerTarget(block, groups);
    const targetsPerPart = groups[block.target].count / block.groups;
    let edge = 0;
    for (let target = 0; target < groups[block.target].count; target++) {
      const first = block.pattern === 'diagonal' ? target : Math.floor(target / targetsPerPart) * perTarget;
      for (let source = 0; source < perTarget; source++) {
        const isPart = block.pattern !== 'dense';
        for (let tap = 0; tap < block.taps; tap++, edge++) {
          after[edge] = change(before[edge], target, isPart ? first + source : source);
        }
      }
    }
    await this.write(block, after);
  }
}
