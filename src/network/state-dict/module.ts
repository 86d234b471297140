/**
 * A state dict as the tree of modules that its names spell: "layer1.0.conv1.weight" is the tensor `weight` of the module
 * layer1 → 0 → conv1.
 */
import type { StoredTensor } from '../../formats';

/** Names with more parts are cut off here: the rest stays one part. Real ones have about ten. */
const MAX_DEPTH = 32;

const byNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

/** Where a module stands, with the dot behind it; empty at the top. */
export const parentOf = (path: string) => path.slice(0, path.lastIndexOf('.') + 1);

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

  /** The module with this full path, where it is below this one. */
  below(path: string): Module | undefined {
    if (this.path === '') return this.child(path);
    return path.startsWith(`${this.path}.`) ? this.child(path.slice(this.path.length + 1)) : undefined;
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

  /** This module and all below it, parents first. */
  *all(): Generator<Module> {
    yield this;
    for (const child of this.children.values()) yield* child.all();
  }

  /** Those of them that hold tensors of their own. */
  get withTensors(): Module[] {
    return [...this.all()].filter(({ tensors }) => tensors.size > 0);
  }
}

/**
 * How a module is built: names and numbers of axes of all tensors in it, but for those parts that `isLeftOut`. Equal for
 * modules of one class.
 */
export function moduleSignature(module: Module, isLeftOut: (part: Module) => boolean): string {
  const parts = module.withTensors.filter((part) => !isLeftOut(part));
  const tensors = parts.flatMap(({ path, tensors }) =>
    [...tensors].map(([name, { shape }]) => `${path.slice(module.path.length)}.${name}:${shape.length}`),
  );
  return tensors.sort().join();
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

/** Words that say a place; names without one stand between the last of these and those of the end. */
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
const ENDS = ['final', 'last'];

/** "second_block" is 1, "final_block" is behind everything. */
function placeOf(name: string): number {
  const [word] = name.toLowerCase().split(/[_\d]/);
  const end = ENDS.indexOf(word);
  const place = ORDINALS.indexOf(word);
  return end >= 0 ? ORDINALS.length + 1 : place >= 0 ? place : ORDINALS.length;
}

function compareNames(a: string, b: string): number {
  return placeOf(a) - placeOf(b) || byNaturalOrder(a, b);
}

/** Modules by their names: numbers are counted as numbers (conv2 before conv10), ordinals as ordinals. */
export function inNaturalOrder<T extends { readonly path: string }>(modules: readonly T[]): T[] {
  const named = modules.map((module) => ({ module, names: module.path.split('.') }));
  const compare = (a: readonly string[], b: readonly string[]) => {
    const at = a.findIndex((name, index) => name !== b[index]);
    return at < 0 ? a.length - b.length : compareNames(a[at], b[at] ?? '');
  };
  return named.sort((a, b) => compare(a.names, b.names)).map(({ module }) => module);
}
