/**
 * The one door: a file, by its content and not by its name, to a ModelFile.
 */
import type { ByteSource } from './byte-source';
import { chooseSource, fileFinder } from './choose-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { MAX_HEADER_BYTES, readSafetensors } from './safetensors';
import { readSettings } from './settings';
import { readShards, shardNames } from './sharded';

const READABLE =
  'This version reads ONNX, safetensors, PyTorch, Keras, TensorFlow Lite, TensorFlow.js, GGUF and NumPy.';

/** Files that people drop and that are not read: how they begin, what they are, what to do. */
const FOREIGN: readonly { at: number; bytes: string; what: string; advice: string }[] = [
  {
    at: 257,
    bytes: 'ustar',
    what: 'This is a tar archive (a packed folder, or a file of PyTorch before version 0.2)',
    advice: 'Unpack it, or load it with torch.load and save it again.',
  },
  { at: 0, bytes: '\x1f\x8b', what: 'This is a gzip archive', advice: 'Unpack it first.' },
  {
    at: 0,
    bytes: 'version https://git-lfs',
    what: 'This is a Git LFS pointer, not the model itself',
    advice: 'Fetch the real file with "git lfs pull".',
  },
  { at: 0, bytes: '<!DOCTYPE', what: 'This is a web page, not a model', advice: 'Download the file itself.' },
  { at: 0, bytes: '<html', what: 'This is a web page, not a model', advice: 'Download the file itself.' },
];

/** Enough for every mark that is looked for. */
const HEAD_BYTES = 512;

function refuseForeign(text: string, fileName: string): void {
  const foreign = FOREIGN.find(({ at, bytes }) => text.startsWith(bytes, at));
  if (foreign) throw new FormatError(foreign.what, fileName, `${READABLE} ${foreign.advice}`);
}

function looksLikeSafetensors(head: Uint8Array): boolean {
  if (head.byteLength < 9) return false;
  const headerLength = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  return headerLength <= BigInt(MAX_HEADER_BYTES) && head[8] === '{'.charCodeAt(0);
}

/** ModelProto begins with one of its low-numbered fields, in practice ir_version as a varint. */
function looksLikeOnnx(head: Uint8Array): boolean {
  const [field, wireType] = [head[0] >> 3, head[0] & 7];
  return field >= 1 && field <= 14 && (wireType === 0 ? field === 1 || field === 5 : wireType === 2);
}

const HDF5 = '\x89HDF\r\n\x1a\n';
const NUMPY = '\x93NUMPY';
const JSON_OBJECT = /^\s*\{/;
const GGUF = 'GGUF';
/** At byte 4. */
const TFLITE = 'TFL3';

/** Empty archives and parts of split ones begin otherwise, and hold no model. */
const ZIP = 'PK\x03\x04';

const MAX_PICKLE_PROTOCOL = 5;
const TEXT_PICKLES = [
  /^\(?c[A-Za-z_][\w.]*\r?\n[A-Za-z_][\w.]*\r?\n/,
  /^\((?:[dlt][p\d]|S['"]|V\w|[IL]\d)/,
  /^[IL]\d+L?\n/,
  /^[\]}]q/,
];

/**
 * A pickle says its protocol at once, or (protocols 0 and 1) begins with an import, an open list or dictionary, or a
 * number on a line of its own.
 */
function looksLikePickle(text: string): boolean {
  if (text.startsWith('\x80') && text.charCodeAt(1) <= MAX_PICKLE_PROTOCOL) return true;
  return TEXT_PICKLES.some((pattern) => pattern.test(text));
}

/**
 * Opens the first of `sources` that is a model; the others serve as its external data and its configuration.
 * Throws FormatError: what is wrong, where, what to do.
 */
export async function openModel(sources: readonly ByteSource[]): Promise<ModelFile> {
  return await openFiles(sources, 0);
}

/** `nesting`: archives that the files lie in. */
async function openFiles(sources: readonly ByteSource[], nesting: number): Promise<ModelFile> {
  const model = await openFirst(sources, nesting);
  if (model.program) return model;
  const settings = await readSettings(sources, model.fileName);
  return settings ? { ...model, settings } : model;
}

/** Archives within archives: a zip of models that are zips themselves; an index and its shards. */
const MAX_NESTING = 2;

async function openFirst(sources: readonly ByteSource[], nesting: number): Promise<ModelFile> {
  const source = await chooseSource(sources);
  if (source === undefined) throw new FormatError('Nothing was dropped', 'no file', 'Drop a model file.');
  const shards = shardNames(source.name);
  if (!shards) return await openFile(source, sources, nesting);
  const openShard = (shard: ByteSource) => openFile(shard, [shard], nesting + 1);
  return await readShards(shards, source, fileFinder(source, sources), openShard);
}

/** Opens `source` by its content; `sources` are all files that were given. */
async function openFile(
  source: ByteSource,
  sources: readonly ByteSource[],
  nesting: number,
): Promise<ModelFile> {
  const externalFiles = fileFinder(source, sources);
  if (source.byteLength === 0) {
    throw new FormatError('The file is empty', source.name, 'Download or export it again.');
  }
  const head = await source.read(0, Math.min(HEAD_BYTES, source.byteLength));
  const text = String.fromCharCode(...head);
  refuseForeign(text, source.name);
  if (looksLikeSafetensors(head)) return await readSafetensors(source);
  // Other readers are loaded when there is something for them to read: the metanet's own thread never needs them.
  if (text.startsWith(ZIP)) {
    const { openArchive } = await import('./open-archive');
    return await openArchive(source, READABLE, async (files) => {
      checkNesting('Archives lie within archives', source, nesting);
      return await openFiles(files, nesting + 1);
    });
  }
  if (text.startsWith(HDF5)) {
    const { readKerasHdf5 } = await import('./keras/read-keras');
    return await readKerasHdf5(source);
  }
  if (text.startsWith(NUMPY)) {
    const { readNpy } = await import('./numpy/read-numpy');
    return await readNpy(source);
  }
  if (JSON_OBJECT.test(text)) {
    const { readJson } = await import('./read-json');
    return await readJson(source, sources, (shard) => {
      checkNesting('Descriptions name descriptions', source, nesting);
      return openFile(shard, [shard], nesting + 1);
    });
  }
  if (text.startsWith(GGUF)) {
    const { readGguf } = await import('./gguf/read-gguf');
    return await readGguf(source, externalFiles);
  }
  if (text.startsWith(TFLITE, 4)) {
    const { readTflite } = await import('./tflite/read-tflite');
    return await readTflite(source);
  }
  if (looksLikePickle(text)) {
    const { readPickleStream } = await import('./pytorch/read-stream');
    return await readPickleStream(source);
  }
  if (looksLikeOnnx(head)) {
    const { readOnnx } = await import('./onnx/read-onnx');
    return await readOnnx(source, externalFiles);
  }
  throw new FormatError('The file is not a model that can be read', source.name, READABLE);
}

function checkNesting(what: string, { name }: ByteSource, nesting: number): void {
  if (nesting >= MAX_NESTING) throw new FormatError(what, name, 'Unpack them first.');
}
