/**
 * Finds tensors in what a pickle holds: in dictionaries, lists and objects of any depth. A module is walked as its
 * state_dict() would be, and gives the same names in the same order.
 */
import { FormatError } from '../format-error';
import {
  attributesOf,
  className,
  entriesOf,
  formatValue,
  isObject,
  type PickledObject,
  type PickleValue,
} from '../pickle';
import type { FoundTensor, ReadTensorValue } from './tensors';
import type { SavedNames } from './torch-script';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: FoundTensor;
}

/** Values that are looked at in one file, counting again what is reached again: a hostile pickle multiplies them. */
const MAX_VISITS = 1_000_000;
const MAX_DEPTH = 100;
/** Longer than the names of the deepest networks. */
const MAX_NAME_LENGTH = 2000;
/** Longer keys are no names of parts that are known. */
const MAX_KEY_LENGTH = 64;

export interface Walk {
  readonly readTensor: ReadTensorValue;
  readonly fileName: string;
  readonly savedNames?: SavedNames;
  /** What has been found out about modules: one that stands in many places is looked into once. */
  readonly moduleChildren: Map<PickledObject, readonly Child[]>;
  visitsLeft: number;
}

export type Child = readonly [key: PickleValue, value: PickleValue];

export const newWalk = (readTensor: ReadTensorValue, fileName: string, savedNames?: SavedNames): Walk => ({
  readTensor,
  fileName,
  savedNames,
  moduleChildren: new Map(),
  visitsLeft: MAX_VISITS,
});

export const keyText = (key: PickleValue) => (typeof key === 'string' ? key : formatValue(key));

export const isModule = (value: PickleValue): value is PickledObject =>
  isObject(value) && attributesOf(value)?.has('_parameters') === true;

/** Momentum and the like: as many tensors as the network has, and none of them its own. */
export function isOptimizer(value: PickleValue): boolean {
  if (isObject(value) && className(value).startsWith('torch.optim.')) return true;
  return entriesOf(value)?.has('param_groups') === true;
}

/** Parts of a checkpoint that hold no network, by the name they go by. */
const NO_NETWORK =
  /^(.*_)?(optim|optimizers?|optimizer_states?|lr_schedulers?|schedulers?|grad_scaler|scaler)(_.*)?$/i;

export const holdsNoNetwork = (key: PickleValue, value: PickleValue) =>
  isOptimizer(value) || (typeof key === 'string' && key.length <= MAX_KEY_LENGTH && NO_NETWORK.test(key));

/** All tensors below a value, by their paths. */
export function tensorsBelow(walk: Walk, value: PickleValue): NamedTensor[] {
  const found: NamedTensor[] = [];
  collect(walk, value, '', 0, new Set(), found);
  return found;
}

function excessive(what: string, { fileName }: Walk): FormatError {
  return new FormatError(what, fileName, 'It is no file of a model, or was made to do harm.');
}

/** To be called for every value that is looked at. */
export function countVisit(walk: Walk): void {
  if (walk.visitsLeft-- <= 0) throw excessive('The file holds more values than any model', walk);
}

const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

function collect(
  walk: Walk,
  value: PickleValue,
  path: string,
  depth: number,
  seen: Set<object>,
  found: NamedTensor[],
): void {
  if (typeof value !== 'object' || value === null) return;
  countVisit(walk);
  if (depth > MAX_DEPTH) throw excessive(`The file nests its values more than ${MAX_DEPTH} deep`, walk);
  const tensor = walk.readTensor(value);
  if (tensor) {
    if (path.length > MAX_NAME_LENGTH) {
      throw excessive(`The file gives a tensor a name of ${path.length} letters`, walk);
    }
    found.push({ name: path, tensor });
    return;
  }
  const visit = (key: PickleValue, child: PickleValue) =>
    collect(walk, child, join(path, keyText(key)), depth + 1, seen, found);
  if (isModule(value)) {
    // A module that stands in two places has two names, as in state_dict().
    const children = walk.moduleChildren.get(value) ?? moduleChildren(value);
    walk.moduleChildren.set(value, children);
    for (const [key, child] of children) visit(key, child);
    return;
  }
  if (seen.has(value) || isOptimizer(value)) return;
  seen.add(value);
  for (const [key, child] of entriesOf(value) ?? []) {
    // A parameter may be called what it likes.
    if (walk.readTensor(child) || !holdsNoNetwork(key, child)) visit(key, child);
  }
  const items = Array.isArray(value) ? value : isObject(value) ? value.items : undefined;
  items?.forEach((child, index) => {
    visit(index, child);
  });
  if (isObject(value)) {
    // TorchScript's modules, and objects that hold a network as an attribute.
    const saved = walk.savedNames?.(className(value));
    for (const [key, child] of attributesOf(value) ?? []) {
      if (!saved || saved.has(keyText(key)) || !walk.readTensor(child)) visit(key, child);
    }
  }
}

/** A module's parameters, buffers that are saved, and modules, in the order of state_dict(). */
function moduleChildren(module: PickledObject): readonly Child[] {
  const attributes = attributesOf(module);
  const part = (name: string): Child[] => [...(entriesOf(attributes?.get(name) ?? null) ?? [])];
  const unsaved = setOf(attributes?.get('_non_persistent_buffers_set'));
  const buffers = part('_buffers').filter(([key]) => !unsaved.has(key));
  return [...part('_parameters'), ...buffers, ...part('_modules')];
}

/** Before protocol 4 a set is set([…]). */
function setOf(value: PickleValue | undefined): ReadonlySet<PickleValue> {
  if (value instanceof Set) return value;
  const items = value !== undefined && isObject(value) ? value.callArguments[0] : undefined;
  return new Set(Array.isArray(items) ? items : []);
}
