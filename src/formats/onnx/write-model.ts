/**
 * An opened network as an ONNX file, with its tensors as they are now. Of an ONNX file it is the same file with the elements that
 * changed written where they stood, bit for bit the same elsewhere; what lay in files beside the model is taken into it. Of any
 * other format it is the program that its reader, or the inference of its layers, has made.
 */
import { memorySource, PagedReader } from '../byte-source';
import { encodeChanged, encodeElements } from '../encode-elements';
import { FormatError } from '../format-error';
import type { ModelFile, Program } from '../model-file';
import { storedBytes } from '../stored-bytes';
import { byteLengthOf, type StoredTensor } from '../tensor';
import { requantised } from './requantised';
import { type RewrittenTensor, rewriteInitializers } from './rewrite-initializers';
import { type Elements, writeProgram } from './write-program';

/** A message of Protocol Buffers is no longer. */
const MAX_BYTES = 2 ** 31 - 1;

/** What the network computes, and the tensors that it reads, by the names that `Elements` use. */
export interface Computation {
  readonly program: Program;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * `elements`: of the tensors that were edited, all elements, [elementCount]. Throws FormatError where the network cannot be
 * written.
 */
export async function writeOnnx(
  model: ModelFile,
  { program, tensors }: Computation,
  elements: Elements = new Map(),
): Promise<Uint8Array<ArrayBuffer>> {
  checkSize(model, [...model.tensors.values()]);
  if (model.format === 'onnx') return await new Copy(model, tensors, elements).make();
  const { fileName, metadata } = model;
  const all = new Map([...model.tensors, ...tensors]);
  return await writeProgram({ fileName, metadata, program, tensors: all }, elements);
}

function checkSize({ fileName, byteLength, format }: ModelFile, tensors: readonly StoredTensor[]): void {
  const stored = tensors.reduce(
    (total, { type, elementCount }) => total + byteLengthOf(type, elementCount),
    0,
  );
  const expected = format === 'onnx' ? Math.max(byteLength, stored) : stored;
  if (expected <= MAX_BYTES) return;
  throw new FormatError(
    `An ONNX file holds up to 2 GiB, and the weights take ${(expected / 2 ** 30).toFixed(1)} GiB`,
    fileName,
    'Save them as safetensors.',
  );
}

/** A copy of an ONNX file in the making. */
class Copy {
  /** Tensors that cannot be written where they stood, by name. */
  readonly #rewritten = new Map<string, RewrittenTensor>();

  constructor(
    readonly model: ModelFile,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
    readonly elements: Elements,
  ) {}

  async make(): Promise<Uint8Array<ArrayBuffer>> {
    const { source, fileName } = this.model;
    if (!source) throw new Error('An ONNX file was opened without its source.');
    const bytes = new Uint8Array(await source.read(0, source.byteLength));
    for (const tensor of this.model.tensors.values()) {
      if (this.#isBeside(tensor))
        this.#rewritten.set(tensor.name, { tensor, bytes: await storedBytes(tensor) });
    }
    for (const [name, values] of this.elements) {
      const tensor = this.tensors.get(name);
      if (!tensor) throw new Error(`The network has no tensor "${name}".`);
      await this.#write(tensor, values, bytes);
    }
    if (this.#rewritten.size === 0) return bytes;
    const reader = new PagedReader(memorySource(bytes, fileName));
    return await rewriteInitializers(reader, bytes, this.#rewritten);
  }

  #isBeside({ storage }: StoredTensor): boolean {
    return 'source' in storage && storage.source !== this.model.source;
  }

  async #write(tensor: StoredTensor, values: Float32Array, file: Uint8Array): Promise<void> {
    const { name, type, storage } = tensor;
    const beside = this.#rewritten.get(name);
    if (beside) encodeChanged(values, type, beside.bytes);
    else if (storage.kind === 'bytes') {
      this.#checkShared(tensor, storage.offset, values);
      const end = storage.offset + byteLengthOf(type, values.length);
      encodeChanged(values, type, file.subarray(storage.offset, end));
    } else if (storage.kind === 'encoded' && !isSparse(tensor)) {
      const stored = this.model.tensors.get(name);
      const integers = stored && (await requantised(tensor, stored, values));
      if (!integers) throw this.#refuse(tensor, `is stored as ${tensor.encoding ?? 'a code of its own'}`);
      await this.#write(stored, integers, file);
    } else this.#rewritten.set(name, { tensor, bytes: encodeElements(values, type) });
  }

  /** The body of a function that is called twice is there once. */
  #checkShared(tensor: StoredTensor, offset: number, values: Float32Array): void {
    for (const other of this.tensors.values()) {
      const { storage } = other;
      const isSame = storage.kind === 'bytes' && storage.offset === offset && !this.#isBeside(other);
      if (!isSame || other.name === tensor.name || other.elementCount === 0) continue;
      const edited = this.elements.get(other.name);
      if (edited?.every((value, index) => Object.is(value, values[index]))) continue;
      throw this.#refuse(tensor, `stands in the file once, and is also "${other.name}"`);
    }
  }

  #refuse({ name }: StoredTensor, why: string): FormatError {
    return new FormatError(
      `Tensor "${name}" cannot be changed: it ${why}`,
      this.model.fileName,
      'Leave its layer as it is, or export the model anew with weights in floating point, its functions written out.',
    );
  }
}

/** Few elements of a sparse tensor may be other than zero; the dense one holds any. */
const isSparse = ({ encoding }: StoredTensor) => encoding?.endsWith('of them not zero') ?? false;
