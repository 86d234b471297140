/**
 * Reads GGUF, the format of llama.cpp: a header of metadata and tensor descriptions, then the data. Only the header is read
 * here, whatever the size of the file. Versions 1 to 3, little-endian; a model may be split over several files.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { RefusedTensors } from '../refused-tensors';
import type { StoredTensor } from '../tensor';
import { GGML_TYPES } from './element-types';
import { HeaderCursor } from './header-cursor';
import { readMetadata } from './metadata';
import { settingsOf } from './settings';
import { readTensorInfos, storedTensor, type TensorInfo } from './tensors';

/** Finds another of the files that were dropped, by its name. */
type OtherFiles = (name: string) => ByteSource | undefined;

const NEWEST_VERSION = 3;
const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 2 ** 20;

/** One file of a model. */
interface Part {
  readonly source: ByteSource;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: readonly TensorInfo[];
  readonly alignment: number;
  readonly dataStart: number;
}

/** Opens a GGUF file, and the other parts of a split one. Throws FormatError. */
export async function readGguf(source: ByteSource, otherFiles: OtherFiles): Promise<ModelFile> {
  const part = await readPart(source);
  const parts = await allParts(part, otherFiles);
  const [{ metadata }] = parts;
  const tensors = new Map<string, StoredTensor>();
  const refused = new RefusedTensors();
  for (const { source: own, dataStart, alignment, tensors: infos } of parts) {
    for (const info of infos) {
      if (tensors.has(info.name)) {
        throw new FormatError(
          'Two tensors have the same name',
          `tensor "${info.name}" in ${own.name}`,
          'The file is damaged; download or convert it again.',
        );
      }
      const tensor = storedTensor(own, dataStart, alignment, info, refused);
      if (tensor) tensors.set(info.name, tensor);
    }
  }
  return {
    format: 'gguf',
    variant: `version ${part.version}, ${describeTypes(parts.flatMap((each) => each.tensors))}`,
    fileName: source.name,
    byteLength: parts.reduce((total, each) => total + each.source.byteLength, 0),
    metadata,
    settings: settingsOf(metadata),
    tensors,
    warnings: refused.warnings,
  };
}

async function readPart(source: ByteSource): Promise<Part> {
  const cursor = new HeaderCursor(source);
  await cursor.fill(8);
  cursor.skip(4); // "GGUF"
  const version = await cursor.uint32();
  if (version > 0xffff && (version & 0xffff) === 0) {
    throw new FormatError(
      'The numbers of this GGUF file are big-endian, which only a few mainframes use',
      source.name,
      'Open the little-endian file of the same model, or convert it with gguf-py (gguf-convert-endian).',
    );
  }
  if (version < 1 || version > NEWEST_VERSION) {
    throw new FormatError(
      `The file has version ${version} of GGUF; versions 1 to ${NEWEST_VERSION} are read`,
      source.name,
      'Convert the model again with a current llama.cpp.',
    );
  }
  cursor.hasWideCounts = version > 1;
  const tensorCount = await cursor.count();
  const metadata = await readMetadata(cursor, await cursor.count());
  const alignment = Number(metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT);
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > MAX_ALIGNMENT) {
    throw cursor.damaged(`The data is said to be aligned to ${alignment} bytes`);
  }
  const tensors = await readTensorInfos(cursor, tensorCount);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  return { source, version, metadata, tensors, alignment, dataStart };
}

const SPLIT_NAME = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;
const MAX_PARTS = 1000;

/** The parts of a split model, the first with the metadata; or the one file. */
async function allParts(part: Part, otherFiles: OtherFiles): Promise<Part[]> {
  const count = Number(part.metadata.get('split.count') ?? 1);
  if (!(count > 1)) return [part];
  const { name } = part.source;
  const [, stem, , total] = SPLIT_NAME.exec(name) ?? [];
  if (stem === undefined || Number(total) !== count || count > MAX_PARTS) {
    throw new FormatError(
      `The file is one of ${count} parts of a model, and its name does not say which`,
      name,
      'Give the parts their own names back (…-00001-of-00003.gguf) and drop all of them together.',
    );
  }
  const names = Array.from(
    { length: count },
    (_, index) => `${stem}-${String(index + 1).padStart(5, '0')}-of-${total}.gguf`,
  );
  const found = names.map((partName) => otherFiles(partName));
  const missing = names.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more are` : ' is';
    throw new FormatError(
      `The model is split over ${count} files, of which "${missing[0]}"${more} missing`,
      name,
      'Drop all files together.',
    );
  }
  const parts: Part[] = [];
  for (const source of found) if (source) parts.push(source === part.source ? part : await readPart(source));
  return parts;
}

/** How the weights are stored: the types that hold most elements, "Q4_K and Q6_K". */
function describeTypes(tensors: readonly TensorInfo[]): string {
  const elements = new Map<string, number>();
  for (const { shape, typeNumber } of tensors) {
    const name = GGML_TYPES.get(typeNumber)?.name ?? `type ${typeNumber}`;
    const count = shape.reduce((total, size) => total * size, 1);
    elements.set(name, (elements.get(name) ?? 0) + count);
  }
  const names = [...elements].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return names.length > 0 ? names.slice(0, 2).join(' and ') : 'without tensors';
}
