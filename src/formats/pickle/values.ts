/**
 * What a pickle becomes here: inert values. Nothing is imported and nothing is called; a call that Python would make is
 * a record of what would be called with what.
 */
import type { ByteSource } from '../byte-source';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  /** A list or a tuple. */
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickledGlobal
  | PickledObject
  | PersistentId
  | LeftInFile;

/** A function or class that Python would import. */
export interface PickledGlobal {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
}

/** The result of a call, and what is done to that result afterwards. */
export interface PickledObject {
  readonly kind: 'object';
  /** The function or class, in the rule a global. */
  readonly callee: PickleValue;
  readonly callArguments: readonly PickleValue[];
  /** What the object's attributes are set from. */
  state?: PickleValue;
  /** What is appended, where the object is a list of some kind. */
  items?: PickleValue[];
  /** What is set by key, where the object is a dictionary of some kind. */
  entries?: Map<PickleValue, PickleValue>;
}

/** Something that lies outside the pickle: in PyTorch's files, a storage. */
export interface PersistentId {
  readonly kind: 'persistent-id';
  readonly id: PickleValue;
}

/** A long text or a long run of bytes, which stays in the file until somebody wants it. */
export interface LeftInFile {
  readonly kind: 'left-in-file';
  readonly isText: boolean;
  readonly source: ByteSource;
  readonly offset: number;
  readonly byteLength: number;
}

type Record = PickledGlobal | PickledObject | PersistentId | LeftInFile;

function isRecord(value: PickleValue): value is Record {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

export function isObject(value: PickleValue): value is PickledObject {
  return isRecord(value) && value.kind === 'object';
}

export function isGlobal(value: PickleValue): value is PickledGlobal {
  return isRecord(value) && value.kind === 'global';
}

export function isPersistentId(value: PickleValue): value is PersistentId {
  return isRecord(value) && value.kind === 'persistent-id';
}

export function isLeftInFile(value: PickleValue): value is LeftInFile {
  return isRecord(value) && value.kind === 'left-in-file';
}

/** "torch._utils._rebuild_tensor_v2". */
export const globalName = ({ module, name }: PickledGlobal) => `${module}.${name}`;

/** The full name of what made an object; empty where that is no plain import. */
export function calleeName({ callee }: PickledObject): string {
  return isGlobal(callee) ? globalName(callee) : '';
}

const RECONSTRUCTORS = ['copyreg._reconstructor', 'copy_reg._reconstructor'];

/** The full name of an object's class, for objects that were made by their class. */
export function className(value: PickledObject): string {
  const isReconstructed = RECONSTRUCTORS.includes(calleeName(value));
  const made = isReconstructed ? value.callArguments[0] : value.callee;
  if (isGlobal(made)) return globalName(made);
  // Before PyTorch 1.6 the class of a module was ('module', class, file, source).
  if (isPersistentId(made) && Array.isArray(made.id) && isGlobal(made.id[1])) return globalName(made.id[1]);
  return '';
}

const DICTIONARIES = new Set(['collections.OrderedDict', 'collections.defaultdict', 'collections.Counter']);

/** The entries of a dictionary of any class; undefined for anything else. */
export function entriesOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | undefined {
  if (value instanceof Map) return value;
  if (!isObject(value)) return undefined;
  if (!value.entries && DICTIONARIES.has(calleeName(value))) {
    // Python 2 wrote OrderedDict([[key, value], …]). Kept, since a hostile pickle asks again and again.
    const [pairs] = value.callArguments;
    value.entries = new Map();
    for (const pair of Array.isArray(pairs) ? pairs : []) {
      if (Array.isArray(pair) && pair.length === 2) value.entries.set(pair[0], pair[1]);
    }
  }
  return value.entries;
}

/** An object's attributes, as its state sets them. */
export function attributesOf(object: PickledObject): ReadonlyMap<PickleValue, PickleValue> | undefined {
  const { state } = object;
  if (Array.isArray(state) && state.length === 2) {
    // (attributes, slots), put together once.
    const [attributes, slots] = state;
    const isState = [attributes, slots].every((part) => part === null || part instanceof Map);
    if (isState) {
      object.state = new Map([
        ...(attributes instanceof Map ? attributes : []),
        ...(slots instanceof Map ? slots : []),
      ]);
    }
  }
  return object.state instanceof Map ? object.state : undefined;
}
