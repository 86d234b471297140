/**
 * A state dict as the tree of modules that its names spell: "layer1.0.conv1.weight" is the tensor `weight` of the module
 * layer1 → 0 → conv1.
 */
import type { StoredTensor } from '../../formats';

/** Names with more parts are cut off here: the rest stays one part. Real ones have about ten. */
const MAX_DEPTH = 32;

const byNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

export class Module {
  /** Own tensors by the last part of their names, in the order of the file. */
  readonly tensors = new Map<string, StoredTensor>();
  /** In the order of the file. */
  readonly children = new Map<string, Module>();

  /** `path`: full name, '' for the root. */
  constructor(readonly path: string) {}

  /** The last part of the path. */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('.') + 1);
  }

  /** A module below this one: "layer1.0". */
  child(path: string): Module | undefined {
    return path.split('.').reduce<Module | undefined>((module, part) => module?.children.get(part), this);
  }

  has(...paths: readonly string[]): boolean {
    return paths.every((path) => this.child(path) !== undefined);
  }

  /** A tensor below this module: "attn.qkv.weight". */
  tensor(path: string): StoredTensor | undefined {
    const cut = path.lastIndexOf('.');
    const module = cut < 0 ? this : this.child(path.slice(0, cut));
    return module?.tensors.get(path.slice(cut + 1));
  }

  /** Children whose names are numbers, in the order of the numbers. */
  get numbered(): { index: number; module: Module }[] {
    return [...this.children.values()]
      .filter(({ name }) => /^\d{1,6}$/.test(name))
      .map((module) => ({ index: Number(module.name), module }))
      .sort((a, b) => a.index - b.index);
  }

  /** Children called `prefix` and a number ("layer1", "layer2"), in the order of the numbers. */
  series(prefix: string): Module[] {
    return [...this.children.values()]
      .filter(({ name }) => name.startsWith(prefix) && /^\d{1,6}$/.test(name.slice(prefix.length)))
      .sort((a, b) => byNaturalOrder(a.name, b.name));
  }

  /** This module and all below it that hold tensors of their own, parents first. */
  *withTensors(): Generator<Module> {
    if (this.tensors.size > 0) yield this;
    for (const child of this.children.values()) yield* child.withTensors();
  }
}

/** Reads names into a tree. */
export function moduleTree(tensors: ReadonlyMap<string, StoredTensor>): Module {
  const root = new Module('');
  for (const [name, tensor] of tensors) {
    const parts = name.split('.');
    const path = parts.slice(0, Math.min(parts.length - 1, MAX_DEPTH));
    let module = root;
    for (const part of path) {
      const child = module.children.get(part) ?? new Module(module.path ? `${module.path}.${part}` : part);
      module.children.set(part, child);
      module = child;
    }
    module.tensors.set(parts.slice(path.length).join('.'), tensor);
  }
  return root;
}

/** Modules by their names, numbers counted as numbers: conv2 before conv10. */
export const inNaturalOrder = <T extends { readonly path: string }>(modules: readonly T[]): T[] =>
  [...modules].sort((a, b) => byNaturalOrder(a.path, b.path));
