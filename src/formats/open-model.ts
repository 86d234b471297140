/**
 * The one door: a file, by its content and not by its name, to a ModelFile.
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { MAX_HEADER_BYTES, readSafetensors } from './safetensors';

const READABLE = 'This version reads ONNX and safetensors.';
const EXPORT = 'Export it with torch.onnx.export, or save its weights with safetensors.';

/** Files that people drop and that are not read: how they begin, what they are, what to do. */
const FOREIGN: readonly { at: number; bytes: string; what: string; advice: string }[] = [
  {
    at: 0,
    bytes: 'PK\x03\x04',
    what: 'This is a zip archive (PyTorch .pt, Keras .keras or NumPy .npz)',
    advice: EXPORT,
  },
  { at: 0, bytes: '\x80\x02', what: 'This is a Python pickle (an older PyTorch file)', advice: EXPORT },
  { at: 0, bytes: '\x89HDF', what: 'This is an HDF5 file (Keras .h5)', advice: 'Convert it with tf2onnx.' },
  { at: 4, bytes: 'TFL3', what: 'This is a TensorFlow Lite file', advice: 'Convert it with tf2onnx.' },
  { at: 0, bytes: 'GGUF', what: 'This is a GGUF file', advice: 'Open the safetensors it was made from.' },
  { at: 0, bytes: '\x93NUMPY', what: 'This is a NumPy array', advice: EXPORT },
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

function refuseForeign(head: Uint8Array, fileName: string): void {
  const text = String.fromCharCode(...head);
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
  const head = await source.read(0, Math.min(64, source.byteLength));
  refuseForeign(head, source.name);
  if (looksLikeSafetensors(head)) return await readSafetensors(source);
  if (looksLikeOnnx(head)) {
    // Loaded when there is such a file: the metanet's own thread never needs it.
    const { readOnnx } = await import('./onnx/read-onnx');
    return await readOnnx(source, externalFiles);
  }
  throw new FormatError('The file is not a model that can be read', source.name, READABLE);
}

/** Among several files the model is the one with a model's name; content then decides what it is. */
function modelRank(name: string): number {
  const lower = name.toLowerCase();
  return lower.endsWith('.onnx') ? 0 : lower.endsWith('.safetensors') ? 1 : 2;
}
