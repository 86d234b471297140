/** Tensors of a TensorFlow Lite file: name, shape and type, and for constants where their values lie. */
import type { RefusedTensors } from '../refused-tensors';
import { byteLengthOf, checkedElementCount, type StoredTensor } from '../tensor';
import type { FlatBuffer, Table, VectorPlace } from './flatbuffer';
import { quantisedStorage } from './quantised';
import { BUFFER, ELEMENT_TYPES, QUANTISATION, TENSOR } from './schema';

export interface Tensor {
  /** Unique within the file. */
  readonly name: string;
  /** −1 where a size is only known when the network runs. */
  readonly shape: readonly number[];
  readonly typeName: string;
  /** Floating point, or integers that stand for real numbers. */
  readonly isReal: boolean;
  /** Present for constants whose values can be read. */
  readonly stored?: StoredTensor;
}

const MAX_RANK = 16;

/** Makes names unique, as ONNX's programs need them: TensorFlow Lite knows values by number. */
export class UniqueNames {
  /** Every name that is taken, with the number that a second tensor of this name would get. */
  readonly #taken = new Map<string, number>();

  next(wanted: string): string {
    let number = this.#taken.get(wanted);
    let name = wanted;
    if (number !== undefined) {
      do name = `${wanted} #${number++}`;
      while (this.#taken.has(name));
      this.#taken.set(wanted, number);
    }
    this.#taken.set(name, 2);
    return name;
  }
}

/** Names of values that were fused go on and on; the beginning tells them apart. */
const MAX_NAME_BYTES = 512;

export interface TensorContext {
  readonly file: FlatBuffer;
  /** Where the tables of the buffers lie. */
  readonly buffers: readonly number[];
  readonly names: UniqueNames;
  readonly refused: RefusedTensors;
}

/** Reads the tensor with number `index`; `prefix` goes before its name. */
export async function readTensor(
  context: TensorContext,
  table: Table,
  index: number,
  prefix: string,
): Promise<Tensor> {
  const { file, names, refused } = context;
  const shape = (await table.int32s(TENSOR.shape, MAX_RANK)) ?? [];
  const signature = (await table.int32s(TENSOR.signature, MAX_RANK)) ?? [];
  const name = names.next(prefix + ((await table.text(TENSOR.name, MAX_NAME_BYTES)) || `tensor ${index}`));
  const typeNumber = table.uint8(TENSOR.type);
  const { name: typeName, type } = ELEMENT_TYPES[typeNumber] ?? { name: `type ${typeNumber}` };
  const quantisation = await readQuantisation(table);
  const isReal = typeName.includes('float') || quantisation.kind !== 'none';
  const place = await findBuffer(context, table, name);
  if (!place) {
    const isOpen = signature.length === shape.length;
    return {
      name,
      typeName,
      isReal,
      shape: shape.map((size, axis) => (isOpen && signature[axis] < 0 ? -1 : size)),
    };
  }

  const isSparse = table.uint32(TENSOR.sparsity) !== 0;
  if (!type || isSparse || quantisation.kind === 'unread') {
    const odd = quantisation.kind === 'unread' ? quantisation.reason : `of the type ${typeName}`;
    refused.add(name, isSparse ? 'stored sparsely' : odd);
    return { name, typeName, isReal, shape };
  }
  const elementCount = checkedElementCount(shape, name, file.source.name);
  const byteLength = byteLengthOf(type, elementCount);
  if (byteLength > place.count) {
    throw file.damaged(
      `Tensor "${name}" of shape ${shape.join('×') || 'scalar'} and type ${typeName} cannot have ${place.count} bytes`,
      place.start,
    );
  }
  const { source } = file;
  const common = { name, shape, elementCount };
  if (quantisation.kind === 'none') {
    const stored: StoredTensor = { ...common, type, storage: { kind: 'bytes', source, offset: place.start } };
    return { name, shape, typeName, isReal, stored };
  }
  const { scales, axis } = quantisation;
  if (scales.count !== 1 && scales.count !== shape[axis]) {
    throw file.damaged(
      `Tensor "${name}" of shape ${shape.join('×')} has ${scales.count} scales along axis ${axis}`,
      scales.start,
    );
  }
  const encoding = `${typeName}, ${scales.count === 1 ? 'one scale' : 'a scale per channel'}`;
  const storage = quantisedStorage(source, place.start, type, shape, quantisation);
  return { name, shape, typeName, isReal, stored: { ...common, type: 'float32', encoding, storage } };
}

type Quantised =
  | { kind: 'none' }
  | { kind: 'unread'; reason: string }
  | { kind: 'affine'; scales: VectorPlace; zeroPoints?: VectorPlace; axis: number };

async function readQuantisation(tensor: Table): Promise<Quantised> {
  const table = await tensor.table(TENSOR.quantisation);
  if (!table) return { kind: 'none' };
  const detailsType = table.uint8(QUANTISATION.detailsType);
  if (detailsType !== 0) {
    const how =
      ['', 'in a way of its own', 'in blocks', 'along several axes'][detailsType] ?? 'in an unknown way';
    return { kind: 'unread', reason: `quantised ${how}` };
  }
  const scales = await table.vector(QUANTISATION.scale, 4);
  if (!scales?.count) return { kind: 'none' };
  const zeroPoints = await table.vector(QUANTISATION.zeroPoint, 8);
  if (zeroPoints?.count && zeroPoints.count !== scales.count) {
    throw table.file.damaged(
      `A tensor has ${scales.count} scales and ${zeroPoints.count} zero points`,
      table.position,
    );
  }
  return { kind: 'affine', scales, zeroPoints, axis: table.int32(QUANTISATION.axis) };
}

/** The bytes of a constant; undefined for values that are computed. */
async function findBuffer(
  { file, buffers, refused }: TensorContext,
  tensor: Table,
  name: string,
): Promise<VectorPlace | undefined> {
  if (tensor.uint32(TENSOR.externalBuffer) !== 0) {
    refused.add(name, 'kept in another file');
    return undefined;
  }
  const index = tensor.uint32(TENSOR.buffer);
  // Buffer 0 is empty by convention.
  if (index === 0) return undefined;
  if (index >= buffers.length)
    throw file.damaged(`Tensor "${name}" names a buffer that is not there`, tensor.position);
  const buffer = await file.table(buffers[index]);
  const data = await buffer.vector(BUFFER.data, 1);
  if (data?.count) return data;
  // Files beyond 2 GB keep their buffers behind the FlatBuffer.
  const [start, count] = [buffer.uint64(BUFFER.offset), buffer.uint64(BUFFER.size)];
  if (start <= 1 || count === 0) return undefined;
  file.check(`Tensor "${name}"`, start, count);
  return { start, count };
}
