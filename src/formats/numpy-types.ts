/** NumPy's names for element types (dtype.str without its byte order). */
import type { ElementType } from './tensor';

export const NUMPY_TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
  // As arrays of bfloat16 are written, which NumPy does not have.
  ['V2', 'bfloat16'],
]);
