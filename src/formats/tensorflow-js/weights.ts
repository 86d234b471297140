/**
 * The weights of a TensorFlow.js model: groups of them lie one after another in files that are cut into shards. Quantised
 * ones are whole numbers with a scale and a smallest value for the tensor, decoded when they are read.
 */
import type { ByteSource } from '../byte-source';
import type { FindFile } from '../choose-source';
import { FormatError } from '../format-error';
import { joinedSource } from '../joined-source';
import { Config, isList, type Json } from '../keras/config';
import { RefusedTensors } from '../refused-tensors';
import {
  byteLengthOf,
  checkedElementCount,
  decodeElements,
  type ElementType,
  type StoredTensor,
} from '../tensor';

export interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly warnings: readonly string[];
}

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ['float32', 'float32'],
  ['int32', 'int32'],
  ['bool', 'bool'],
  ['float16', 'float16'],
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
]);

/** Reads a manifest. Throws FormatError where a file is missing or too short. */
export function readManifest(manifest: Json | undefined, findFile: FindFile, fileName: string): Weights {
  const tensors = new Map<string, StoredTensor>();
  const refused = new RefusedTensors();
  const groups = (isList(manifest) ? manifest : []).map((group) => new Config(group));
  const paths = groups.map((group) => textsOf(group.get('paths')));
  const missing = paths.flat().filter((path) => !findFile(path));
  if (missing.length > 0) throw missingFiles(missing, fileName);
  groups.forEach((group, index) => {
    const parts = paths[index].map((path) => findFile(path) as ByteSource);
    const source = parts.length === 1 ? parts[0] : joinedSource(parts, fileName);
    readGroup(group.get('weights'), source, fileName, tensors, refused);
  });
  return { tensors, warnings: refused.warnings };
}

const textsOf = (value: Json | undefined) =>
  (isList(value) ? value : []).filter((item): item is string => typeof item === 'string');

function missingFiles(names: readonly string[], fileName: string): FormatError {
  const listed = names.slice(0, 4).map((name) => `"${name.slice(0, 120)}"`);
  const more = names.length > listed.length ? ` and ${names.length - listed.length} more` : '';
  return new FormatError(
    `The model keeps its weights in ${names.length === 1 ? 'another file' : 'other files'}: ${listed.join(', ')}${more}`,
    fileName,
    'Drop all files together, or their folder as a zip.',
  );
}

function readGroup(
  listed: Json | undefined,
  source: ByteSource,
  fileName: string,
  tensors: Map<string, StoredTensor>,
  refused: RefusedTensors,
): void {
  let offset = 0;
  for (const json of isList(listed) ? listed : []) {
    const weight = new Config(json);
    const name = weight.text('name');
    const where = `weight "${name}" in ${fileName}`;
    const quantization = weight.config('quantization');
    const type = TYPES.get(quantization.text('dtype', weight.text('dtype')));
    const shape = weight.numbers('shape');
    if (!type || !shape) {
      // How many bytes it takes is not known, nor therefore where the next one begins.
      throw new FormatError(
        `A weight is of the type "${weight.text('dtype').slice(0, 40)}", which is not read`,
        where,
        'Convert the model again without it.',
      );
    }
    const elementCount = checkedElementCount(shape, name, fileName);
    const byteLength = byteLengthOf(type, elementCount);
    if (offset + byteLength > source.byteLength) {
      throw new FormatError(
        `The weights end ${offset + byteLength - source.byteLength} bytes after the end of their files`,
        where,
        'A file is missing or was cut short; download them again.',
      );
    }
    const [scale, min] = ['scale', 'min'].map((key) => quantization.get(key));
    const isQuantised = typeof scale === 'number' && type.startsWith('uint');
    const tensor = { name, shape, elementCount };
    if (tensors.has(name)) refused.add(name, 'there twice');
    else if (isQuantised) {
      const smallest = typeof min === 'number' ? min : 0;
      tensors.set(name, { ...tensor, ...quantised(source, offset, type, scale, smallest) });
    } else tensors.set(name, { ...tensor, type, storage: { kind: 'bytes', source, offset } });
    offset += byteLength;
  }
}

function quantised(
  source: ByteSource,
  offset: number,
  type: ElementType,
  scale: number,
  smallest: number,
): Pick<StoredTensor, 'type' | 'storage' | 'encoding'> {
  return {
    type: 'float32',
    encoding: `${type}, one scale`,
    storage: {
      kind: 'encoded',
      async read(first, count) {
        const bytes = await source.read(offset + byteLengthOf(type, first), byteLengthOf(type, count));
        const values = decodeElements(bytes, type, count);
        for (let index = 0; index < count; index++) values[index] = values[index] * scale + smallest;
        return values;
      },
    },
  };
}
