/** NumPy's arrays and scalars as they are pickled: their bytes lie within the pickle. */
import { type ByteSource, memorySource, sliceSource } from '../byte-source';
import { NUMPY_TYPES } from '../numpy-types';
import {
  calleeName,
  isLeftInFile,
  isObject,
  type LeftInFile,
  type PickledObject,
  type PickleValue,
} from '../pickle';
import { checkedElementCount, ELEMENT_BYTES, type ElementType } from '../tensor';
import { damagedTensor, isCountList } from './storage';
import type { FoundTensor } from './tensors';

/** Undefined for what is neither an array nor a scalar. Throws FormatError for impossible ones. */
export function readArray(object: PickledObject, fileName: string): FoundTensor | undefined {
  const match = /^numpy\._?core\.(multiarray|numeric)\.(_reconstruct|scalar|_frombuffer)$/.exec(
    calleeName(object),
  );
  const { callArguments, state } = object;
  switch (match?.[2]) {
    case '_reconstruct': {
      // (version, shape, dtype, is in Fortran's order, bytes)
      if (!Array.isArray(state)) throw damagedTensor('A NumPy array has no contents', fileName);
      return arrayOf(state[1], state[2], state[4], state[3] === true, fileName);
    }
    case '_frombuffer': {
      const [bytes, dtype, shape, order] = callArguments;
      return arrayOf(shape, dtype, bytes, order === 'F', fileName);
    }
    case 'scalar': {
      const [dtype, bytes] = callArguments;
      return arrayOf([], dtype, bytes, false, fileName);
    }
    default:
      return undefined;
  }
}

function arrayOf(
  shape: PickleValue | undefined,
  dtype: PickleValue | undefined,
  bytes: PickleValue | undefined,
  isFortran: boolean,
  fileName: string,
): FoundTensor {
  if (!isCountList(shape)) {
    throw damagedTensor('A NumPy array has no proper shape', fileName);
  }
  const type = elementTypeOf(dtype);
  if (type.kind === 'unreadable') return type;
  const elementCount = checkedElementCount(shape, shape.join('×') || 'scalar', fileName);
  const byteLength = elementCount * ELEMENT_BYTES[type.type];
  const source = bytes === undefined ? undefined : bytesOf(bytes, byteLength, fileName);
  if (!source || source.byteLength < byteLength) {
    throw damagedTensor(`A NumPy array of shape ${shape.join('×') || 'scalar'} lacks bytes`, fileName);
  }
  return {
    kind: 'readable',
    type: type.type,
    shape,
    elementCount,
    storage: isFortran
      ? { kind: 'strided', source, offset: 0, strides: fortranStrides(shape) }
      : { kind: 'bytes', source, offset: 0 },
  };
}

function elementTypeOf(
  dtype: PickleValue | undefined,
): { kind: 'readable'; type: ElementType } | { kind: 'unreadable'; reason: string } {
  if (dtype === undefined || !isObject(dtype)) return { kind: 'unreadable', reason: 'of no known type' };
  const [code] = dtype.callArguments;
  // (version, byte order, …)
  const byteOrder = Array.isArray(dtype.state) ? dtype.state[1] : '<';
  const type = typeof code === 'string' ? NUMPY_TYPES.get(code) : undefined;
  if (!type)
    return {
      kind: 'unreadable',
      reason: `a NumPy array of type ${typeof code === 'string' ? code.slice(0, 20) : 'unknown'}`,
    };
  if (byteOrder === '>') return { kind: 'unreadable', reason: 'in the byte order of other machines' };
  return { kind: 'readable', type };
}

function fortranStrides(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((size) => {
    const stride = step;
    step *= size;
    return stride;
  });
}

/** Bytes in one of the forms that Python's protocols give them. Undefined for anything else. */
function bytesOf(value: PickleValue, byteLength: number, fileName: string): ByteSource | undefined {
  const bytes = inlineBytes(value);
  if (bytes) return memorySource(bytes, fileName);
  const inner = encodedValue(value) ?? value;
  if (!isLeftInFile(inner)) return undefined;
  return inner.isText
    ? latin1Source(inner, byteLength)
    : sliceSource(inner.source, inner.offset, inner.byteLength);
}

/** Bytes that were read with the pickle. */
export function inlineBytes(value: PickleValue): Uint8Array | undefined {
  const inner = encodedValue(value) ?? value;
  if (inner instanceof Uint8Array) return inner;
  return typeof inner === 'string' ? Uint8Array.from(inner, (letter) => letter.charCodeAt(0)) : undefined;
}

/** Before protocol 3: _codecs.encode(text, 'latin1'); before protocol 5: bytearray(bytes). */
function encodedValue(value: PickleValue): PickleValue | undefined {
  if (!isObject(value)) return undefined;
  const isEncoded = ['_codecs.encode', 'builtins.bytearray', '__builtin__.bytearray'].includes(
    calleeName(value),
  );
  return isEncoded ? value.callArguments[0] : undefined;
}

/** Bytes that were written as a text of as many letters. */
function latin1Source(text: LeftInFile, byteLength: number): ByteSource {
  return {
    name: text.source.name,
    // A letter takes one byte or two.
    byteLength: Math.min(byteLength, text.byteLength),
    async read(offset, length) {
      const letters = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        await text.source.read(text.offset, text.byteLength),
      );
      if (letters.length < offset + length)
        throw damagedTensor('A NumPy array lacks bytes', text.source.name);
      return Uint8Array.from({ length }, (_, index) => letters.charCodeAt(offset + index));
    },
  };
}
