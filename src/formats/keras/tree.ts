/** What an HDF5 file of Keras's holds, as a tree: read whole at once but for the optimizer's part, without any values. */

import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { type Attributes, type Hdf5File, type Hdf5Object, openHdf5 } from '../hdf5';
import { RefusedTensors } from '../refused-tensors';
import type { StoredTensor } from '../tensor';

export interface TreeNode {
  /** From the root: "layers/dense/vars/0". */
  readonly path: string;
  readonly attributes: Attributes;
  readonly children: ReadonlyMap<string, TreeNode>;
  /** A dataset that can be read. */
  readonly tensor?: StoredTensor;
}

export interface Tree {
  readonly root: TreeNode;
  /** What was left out, and why. */
  readonly warnings: readonly string[];
}

/** Groups within groups: models within models take two for each. */
const MAX_DEPTH = 64;
/** A network of 10,000 layers has no more. */
const MAX_NODES = 200_000;

/** State of the training, which is no part of the network. */
const OPTIMIZER = /^_?optimizer(_weights)?$/;

/** Reads the tree of an HDF5 file. Throws FormatError. */
export async function readTree(source: ByteSource): Promise<Tree> {
  const file = await openHdf5(source);
  const reader = new TreeReader(file, source.name);
  const root = await reader.read(file.root, 0);
  return { root, warnings: reader.warnings() };
}

class TreeReader {
  /** Groups that were seen: one that is reached again is a cycle, or a second name. */
  readonly #seen = new Set<number>();
  readonly #refused = new RefusedTensors();
  #nodes = 0;
  #hasOptimizer = false;

  constructor(
    readonly file: Hdf5File,
    readonly fileName: string,
  ) {}

  async read(object: Hdf5Object, depth: number): Promise<TreeNode> {
    const { path, attributes, links, dataset } = object;
    this.#nodes++;
    if (depth > MAX_DEPTH || this.#nodes > MAX_NODES) {
      throw new FormatError(
        'The file holds more groups, or deeper ones, than a network has',
        `HDF5 file ${this.fileName}`,
        'Save the weights of the network alone.',
      );
    }
    const children = new Map<string, TreeNode>();
    if (dataset?.kind === 'unreadable') this.#refused.add(path, dataset.reason);
    if (dataset?.kind === 'readable') {
      const { type, shape, elementCount, storage } = dataset;
      return { path, attributes, children, tensor: { name: path, type, shape, elementCount, storage } };
    }
    this.#seen.add(object.address);
    for (const [name, address] of links) {
      if (depth === 0 && OPTIMIZER.test(name)) this.#hasOptimizer = true;
      else if (!this.#seen.has(address)) {
        const child = await this.file.open(object, name);
        if (child) children.set(name, await this.read(child, depth + 1));
      }
    }
    return { path, attributes, children };
  }

  warnings(): string[] {
    const { warnings } = this.#refused;
    if (this.#hasOptimizer) warnings.push('The file also holds the state of the optimizer, left out here.');
    return warnings;
  }
}

/** An attribute that is one text. */
export function textOf(node: TreeNode, name: string): string | undefined {
  return node.attributes.get(name)?.[0];
}

/** A list that Keras cuts into several attributes where it is long: "weight_names", or "weight_names0", "weight_names1", … */
export function listOf(node: TreeNode, name: string): readonly string[] | undefined {
  const whole = node.attributes.get(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let index = 0; ; index++) {
    const part = node.attributes.get(`${name}${index}`);
    if (!part) return index > 0 ? parts : undefined;
    for (const item of part) parts.push(item);
  }
}

/** Follows a path of names from a node. */
export function descend(node: TreeNode, path: string): TreeNode | undefined {
  let current: TreeNode | undefined = node;
  for (const name of path.split('/')) if (name !== '') current = current?.children.get(name);
  return current;
}
