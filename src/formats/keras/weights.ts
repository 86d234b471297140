/**
 * Where the weights of a layer are. Keras keeps them in two ways: as numbered variables in a tree of layers (.keras and
 * .weights.h5 of Keras 3), or in a list of names with paths (.h5, TensorFlow.js). A scope is the place of one layer.
 */
import type { StoredTensor } from '../tensor';
import { isModel, isObject, type LayerConfig } from './config';
import type { TreeNode } from './tree';

export interface Scope {
  /** Scopes of the layers of a model that stands here, in the order of its configuration. */
  layers(layers: readonly LayerConfig[]): Scope[];
  /** Of a part of a layer: under `key` in a tree, with a name like `pattern` in a list. */
  part(key: string, pattern?: RegExp): Scope;
  /**
   * The variables of the layer that stands here, which are called `names` in the order in which Keras makes them;
   * undefined for those that are not there.
   */
  variables(names: readonly string[]): (StoredTensor | undefined)[];
  /** All there are, named by their paths from here: for layers that are not understood. */
  all(): StoredTensor[];
}

/** Keras's own rule for what a layer is called in a tree: by its class, not by its name. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

const NOTHING: Scope = {
  layers: (layers) => layers.map(() => NOTHING),
  part: () => NOTHING,
  variables: (names) => names.map(() => undefined),
  all: () => [],
};

/** The second is Keras 2's, in files of version 3. */
const LAYER_FOLDERS = ['layers', '_layer_checkpoint_dependencies'];

export function treeScope(node: TreeNode | undefined): Scope {
  if (!node) return NOTHING;
  return {
    layers(layers) {
      const folders = LAYER_FOLDERS.flatMap((name) => node.children.get(name) ?? []);
      const places = new Map(folders.flatMap(({ children }) => [...children]));
      const byName = new Map<string, TreeNode>();
      for (const place of places.values()) {
        const name = place.children.get('vars')?.attributes.get('name')?.[0];
        if (name !== undefined) byName.set(name, place);
      }
      const counts = new Map<string, number>();
      const keys = layers.map(({ className, isOperation }) => {
        const key = isOperation ? '' : snakeCase(className);
        const count = counts.get(key) ?? 0;
        counts.set(key, count + 1);
        return { key, count };
      });
      return layers.map(({ name }, index) => {
        const { key, count } = keys[index];
        if (key === '') return NOTHING;
        // Keras 2 leaves numbers out; where there are as many places as layers of a class, their order counts.
        const ofClass = placesOfClass(places, key);
        const isComplete = ofClass.length === counts.get(key);
        const numbered = places.get(count === 0 ? key : `${key}_${count}`);
        return treeScope(byName.get(name) ?? (isComplete ? ofClass[count] : numbered));
      });
    },
    part: (key) => treeScope(node.children.get(key)),
    variables(names) {
      const variables = [...(node.children.get('vars')?.children ?? [])];
      const isNumbered = variables.every(([key]) => /^\d+$/.test(key));
      if (!isNumbered) return names.map((name) => variables.find(([key]) => key === name)?.[1].tensor);
      const inOrder = variables.sort(([a], [b]) => Number(a) - Number(b));
      return names.map((_, index) => inOrder[index]?.[1].tensor);
    },
    all: () => tensorsBelow(node, []),
  };
}

/** "dense", "dense_2", …, by their numbers. */
function placesOfClass(places: ReadonlyMap<string, TreeNode>, key: string): TreeNode[] {
  const numbers = [...places].flatMap(([name, place]) => {
    const number = name === key ? '0' : name.startsWith(`${key}_`) ? name.slice(key.length + 1) : '';
    return /^\d+$/.test(number) ? [{ number: Number(number), place }] : [];
  });
  return numbers.sort((a, b) => a.number - b.number).map(({ place }) => place);
}

/** What Keras puts between a layer and its variables says nothing. */
const FOLDERS = ['vars', ...LAYER_FOLDERS];

function tensorsBelow({ tensor, children }: TreeNode, path: readonly string[]): StoredTensor[] {
  if (tensor) return [{ ...tensor, name: path.join('/') }];
  return [...children].flatMap(([name, child]) =>
    tensorsBelow(child, FOLDERS.includes(name) ? path : [...path, name]),
  );
}

export interface NamedWeight {
  /** The parts of its path: the group of the layer, and what its own name consists of. */
  readonly path: readonly string[];
  readonly tensor: StoredTensor;
}

/** "kernel:0" of TensorFlow is "kernel". */
export const withoutOutput = (name: string) => name.replace(/:\d+$/, '');

/** Layers that have others within: names of their weights may tell of the inner ones only. */
const hasLayersWithin = (layer: LayerConfig) => isModel(layer) || isObject(layer.config.get('layer'));

/** Scopes by names: a path that begins with a layer's name, or contains it, is that of one of its weights. */
export function namedScope(weights: readonly NamedWeight[]): Scope {
  return {
    layers(layers) {
      const byFirst = new Map<string, NamedWeight[]>();
      const byPart = new Map<string, NamedWeight[]>();
      for (const { path, tensor } of weights) {
        const [first, ...rest] = path;
        append(byFirst, first, { path: rest, tensor });
        for (const part of new Set(rest.slice(0, -1))) append(byPart, part, { path, tensor });
      }
      return layers.map((layer) => {
        const found = layer.isOperation ? [] : (byFirst.get(layer.name) ?? byPart.get(layer.name));
        if (found) return namedScope(found);
        return hasLayersWithin(layer) ? namedScope(weights) : NOTHING;
      });
    },
    part(_, pattern) {
      return pattern
        ? namedScope(weights.filter(({ path }) => path.some((name) => pattern.test(name))))
        : this;
    },
    variables(names) {
      const byName = names.map((name) => weights.filter(({ path }) => path.at(-1) === name));
      if (byName.every((found) => found.length <= 1) && byName.some((found) => found.length === 1)) {
        return byName.map(([found]) => found?.tensor);
      }
      // Names of Keras 1 were others; the order was the same.
      const inOrder = weights.length === names.length ? weights : [];
      return names.map((_, index) => inOrder[index]?.tensor);
    },
    all: () => weights.map(({ path, tensor }) => ({ ...tensor, name: path.join('/') })),
  };
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
