/** What the elements of a dataset or an attribute are. */
import type { ElementType } from '../tensor';
import type { Cursor } from './metadata';

export type Datatype =
  | {
      readonly kind: 'number';
      readonly bytes: number;
      readonly type: ElementType;
      readonly isBigEndian: boolean;
    }
  /** Of fixed length, or (variable) a place in a global heap. */
  | { readonly kind: 'text'; readonly bytes: number; readonly isVariable: boolean }
  /** The reason completes "it is …". */
  | { readonly kind: 'other'; readonly bytes: number; readonly what: string };

const INTEGER = 0;
const FLOAT = 1;
const TEXT = 3;
const OPAQUE = 5;
const ENUMERATION = 8;
const VARIABLE_LENGTH = 9;

const OTHER_CLASSES = new Map([
  [2, 'a time'],
  [4, 'bit fields'],
  [6, 'compound'],
  [7, 'references'],
  [10, 'arrays'],
]);

const INTEGERS: Readonly<Record<number, readonly [unsigned: ElementType, signed: ElementType]>> = {
  1: ['uint8', 'int8'],
  2: ['uint16', 'int16'],
  4: ['uint32', 'int32'],
  8: ['uint64', 'int64'],
};

export function readDatatype(body: Cursor): Datatype {
  const typeClass = body.uint(1) & 0x0f;
  const flags = body.uint(3);
  const bytes = body.uint(4);
  if (bytes === 0) throw body.damaged('Elements have no size');
  const other = (what: string): Datatype => ({ kind: 'other', bytes, what });
  switch (typeClass) {
    case INTEGER: {
      const pair = INTEGERS[bytes];
      if (!pair) return other(`integers of ${bytes} bytes`);
      return { kind: 'number', bytes, type: pair[flags & 8 ? 1 : 0], isBigEndian: (flags & 1) !== 0 };
    }
    case FLOAT: {
      const type = floatType(bytes, body);
      if (!type || (flags & 0x40) !== 0)
        return other(`floating-point numbers of ${bytes} bytes of a rare kind`);
      return { kind: 'number', bytes, type, isBigEndian: (flags & 1) !== 0 };
    }
    case TEXT:
      return { kind: 'text', bytes, isVariable: false };
    case OPAQUE:
      // As h5py stores bfloat16, which HDF5 does not have.
      return bytes === 2 ? { kind: 'number', bytes, type: 'bfloat16', isBigEndian: false } : other('opaque');
    case ENUMERATION:
      // As h5py stores booleans.
      return bytes === 1
        ? { kind: 'number', bytes, type: 'bool', isBigEndian: false }
        : other('an enumeration');
    case VARIABLE_LENGTH:
      return (flags & 0x0f) === 1
        ? { kind: 'text', bytes, isVariable: true }
        : other('lists of varying length');
    default:
      return other(OTHER_CLASSES.get(typeClass) ?? `of class ${typeClass}`);
  }
}

/** Told apart by where the exponent lies and how many bits it has. */
function floatType(bytes: number, body: Cursor): ElementType | undefined {
  const exponentAt = body.skip(4).uint(1);
  const exponentBits = body.uint(1);
  const is = (at: number, bits: number) => exponentAt === at && exponentBits === bits;
  if (bytes === 8 && is(52, 11)) return 'float64';
  if (bytes === 4 && is(23, 8)) return 'float32';
  if (bytes === 2 && is(10, 5)) return 'float16';
  if (bytes === 2 && is(7, 8)) return 'bfloat16';
  if (bytes === 1 && is(3, 4)) return 'float8e4m3';
  if (bytes === 1 && is(2, 5)) return 'float8e5m2';
  return undefined;
}

/** Sizes along each axis; [] for one element, undefined for none at all. */
export function readDataspace(body: Cursor): number[] | undefined {
  const version = body.uint(1);
  const rank = body.uint(1);
  // Whether sizes may grow does not matter here.
  body.skip(1);
  if (version === 1) body.skip(5);
  else if (body.uint(1) === 2) return undefined;
  return Array.from({ length: rank }, () => body.length());
}
