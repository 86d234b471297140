/** GGUF's list of tensors: where each lies, and what its values are. No value is read here. */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { RefusedTensors } from '../refused-tensors';
import { byteLengthOf, checkedElementCount, type StoredTensor } from '../tensor';
import { blockStorage } from './block-storage';
import { GGML_TYPES, type GgmlType } from './element-types';
import { type HeaderCursor, readUint64 } from './header-cursor';

const MAX_TENSORS = 100_000;
const MAX_NAME_BYTES = 1024;
/** ggml's own bound. */
const MAX_RANK = 4;

export interface TensorInfo {
  readonly name: string;
  /** Row-major: ggml counts the fastest axis first, so its list is turned round. */
  readonly shape: readonly number[];
  readonly typeNumber: number;
  /** From the start of the data. */
  readonly offset: number;
}

export async function readTensorInfos(cursor: HeaderCursor, count: number): Promise<TensorInfo[]> {
  if (count > MAX_TENSORS) throw cursor.damaged(`The header claims ${count} tensors`);
  const infos: TensorInfo[] = [];
  for (let index = 0; index < count; index++) {
    const name = await cursor.text(MAX_NAME_BYTES);
    const rank = await cursor.uint32();
    if (rank > MAX_RANK) throw cursor.damaged(`Tensor "${name}" claims ${rank} dimensions`);
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) shape.unshift(await cursor.count());
    const typeNumber = await cursor.uint32();
    await cursor.fill(8);
    infos.push({ name, shape, typeNumber, offset: cursor.take(8, readUint64) });
  }
  return infos;
}

/**
 * The tensor that `info` describes, its data beginning at `dataStart`. Undefined, with the reason noted, for types that are
 * not decoded. Throws FormatError for one that does not lie in the file.
 */
export function storedTensor(
  source: ByteSource,
  dataStart: number,
  alignment: number,
  info: TensorInfo,
  refused: RefusedTensors,
): StoredTensor | undefined {
  const { name, shape, typeNumber } = info;
  const where = `tensor "${name}" in ${source.name}`;
  const elementCount = checkedElementCount(shape, name, source.name);
  const type = GGML_TYPES.get(typeNumber);
  if (!type) {
    refused.add(name, `of the unknown type ${typeNumber}`);
    return undefined;
  }
  const rowElements = shape.at(-1) ?? 1;
  if (type.kind !== 'plain' && rowElements % type.blockElements !== 0) {
    throw new FormatError(
      `A tensor of type ${type.name} has rows of ${rowElements} elements, which are no whole blocks of ${type.blockElements}`,
      where,
      'The file is damaged; download or convert it again.',
    );
  }
  const offset = dataStart + info.offset;
  const end = offset + byteLength(type, elementCount);
  if (info.offset % alignment !== 0 || !Number.isSafeInteger(end)) {
    throw new FormatError(
      `A tensor is said to begin at byte ${info.offset} of the data, which is no multiple of ${alignment}`,
      where,
      'The file is damaged; download or convert it again.',
    );
  }
  if (end > source.byteLength) {
    throw new FormatError(
      `A tensor ends ${end - source.byteLength} bytes after the end of the file`,
      where,
      'The file was cut short; download or copy it again.',
    );
  }
  if (type.kind === 'unread') {
    refused.add(name, `of the type ${type.name}`);
    return undefined;
  }
  const common = { name, shape, elementCount };
  return type.kind === 'plain'
    ? { ...common, type: type.type, storage: { kind: 'bytes', source, offset } }
    : { ...common, type: 'float32', encoding: type.name, storage: blockStorage(source, offset, type) };
}

function byteLength(type: GgmlType, elementCount: number): number {
  return type.kind === 'plain'
    ? byteLengthOf(type.type, elementCount)
    : (elementCount / type.blockElements) * type.blockBytes;
}
