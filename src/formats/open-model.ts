/**
 * The one door: a file, by its content and not by its name, to a ModelFile.
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { MAX_HEADER_BYTES, readSafetensors } from './safetensors';

const READABLE = 'This version reads ONNX, safetensors and PyTorch.';
const EXPORT = 'Export it with torch.onnx.export, or save its weights with safetensors.';

/** Files that people drop and that are not read: how they begin, what they are, what to do. */
const FOREIGN: readonly { at: number; bytes: string; what: string; advice: string }[] = [
  { at: 0, bytes: '\x89HDF', what: 'This is an HDF5 file (Keras .h5)', advice: 'Convert it with tf2onnx.' },
  { at: 4, bytes: 'TFL3', what: 'This is a TensorFlow Lite file', advice: 'Convert it with tf2onnx.' },
  { at: 0, bytes: 'GGUF', what: 'This is a GGUF file', advice: 'Open the safetensors it was made from.' },
  { at: 0, bytes: '\x93NUMPY', what: 'This is a NumPy array', advice: EXPORT },
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
 * Opens the first of `sources` that is a model; the others serve as its external data.
 * Throws FormatError: what is wrong, where, what to do.
 */
export async function openModel(sources: readonly ByteSource[]): Promise<ModelFile> {
  const externalFiles = (name: string) => sources.find((source) => source.name === name);
  const byLikelihood = [...sources].sort((a, b) => modelRank(a.name) - modelRank(b.name));
  const [source] = byLikelihood;
  if (source === undefined) throw new FormatError('Nothing was dropped', 'no file', 'Drop a model file.');
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
    return await openArchive(source, READABLE);
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

const MODEL_ENDINGS = [/\.onnx$/, /\.safetensors$/, /\.(pt|pth|ckpt|bin|pkl)$/];

/** Among several files the model is the one with a model's name; content then decides what it is. */
function modelRank(name: string): number {
  const lower = name.toLowerCase();
  const rank = MODEL_ENDINGS.findIndex((endings) => endings.test(lower));
  return rank < 0 ? MODEL_ENDINGS.length : rank;
}
