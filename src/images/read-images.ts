/**
 * Labelled images from a file, to measure a network's accuracy on: CIFAR-10 and CIFAR-100 as their authors publish them (binary,
 * or pickled for Python), and NumPy's archives of images with their labels (.npz, as Keras has MNIST).
 */
import { type ByteSource, FormatError, readTensor, type StoredTensor } from '../formats';
import { readArray } from '../formats/numpy/npy';
import { entriesOf, isObject, type PickleValue, pickleSession, unpickle } from '../formats/pickle';
import { inlineBytes, readArray as readPickledArray } from '../formats/pytorch/numpy';
import { entrySource, readZip } from '../formats/zip';

export interface LabelledImages {
  readonly name: string;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [count, channels, height, width], whatever order the file has. */
  readonly pixels: Uint8Array;
  /** [count] */
  readonly labels: Uint16Array;
}

/** Beyond these a file is refused before it is read. */
const MAX_IMAGES = 100_000;
const MAX_PIXEL_BYTES = 512 * 2 ** 20;

/** CIFAR's images. */
const SIDE = 32;
const CIFAR_BYTES = 3 * SIDE * SIDE;

const ADVICE =
  'Choose CIFAR-10’s test_batch or test_batch.bin, or an .npz with uint8 images and their labels: numpy.savez(path, images=…, labels=…).';

const refuse = (what: string, name: string) => new FormatError(what, name, ADVICE);

/** Reads all images of a file. Throws FormatError. */
export async function readImages(source: ByteSource): Promise<LabelledImages> {
  if (source.byteLength < 4) throw refuse('The file is too short to hold images', source.name);
  const [first, second] = await source.read(0, 4);
  if (first === 0x50 && second === 0x4b) return await readArchive(source);
  if (first === 0x80) return await readBatch(source);
  for (const labelBytes of [1, 2]) {
    if (source.byteLength % (labelBytes + CIFAR_BYTES) === 0) return await readBinary(source, labelBytes);
  }
  throw refuse('The file holds no labelled images that are known here', source.name);
}

/** CIFAR's binary files: for each image its label (CIFAR-100: the coarse one, then the fine one) and its pixels. */
async function readBinary(source: ByteSource, labelBytes: number): Promise<LabelledImages> {
  const step = labelBytes + CIFAR_BYTES;
  const count = source.byteLength / step;
  checkSize(count, CIFAR_BYTES, source.name);
  const bytes = await source.read(0, source.byteLength);
  const pixels = new Uint8Array(count * CIFAR_BYTES);
  const labels = new Uint16Array(count);
  for (let image = 0; image < count; image++) {
    const start = image * step + labelBytes;
    labels[image] = bytes[start - 1];
    pixels.set(bytes.subarray(start, start + CIFAR_BYTES), image * CIFAR_BYTES);
  }
  return { name: source.name, count, channels: 3, height: SIDE, width: SIDE, pixels, labels };
}

/** CIFAR's files for Python: a pickled dictionary of "data", [count, 3072], and "labels" or "fine_labels", a list. */
async function readBatch(source: ByteSource): Promise<LabelledImages> {
  const { value } = await unpickle(source, 0, pickleSession());
  const entries = entriesOf(value);
  const entry = (key: string) => {
    const found = [...(entries ?? [])].find(([name]) => textOf(name) === key);
    return found?.[1];
  };
  const data = entry('data');
  const array = data !== undefined && isObject(data) ? readPickledArray(data, source.name) : undefined;
  const labels = entry('fine_labels') ?? entry('labels');
  if (array?.kind !== 'readable' || !Array.isArray(labels)) {
    throw refuse('The pickle is none of CIFAR’s: it has no "data" and "labels"', source.name);
  }
  const tensor: StoredTensor = { ...array, name: 'data' };
  const [count, size] = tensor.shape;
  if (size !== CIFAR_BYTES) throw refuse(`Its "data" is no list of ${CIFAR_BYTES} pixels each`, source.name);
  const pixels = await bytesOf({ ...tensor, shape: [count, 3, SIDE, SIDE] }, source.name);
  return finished(source.name, [count, 3, SIDE, SIDE], pixels, labels.map(Number));
}

/** Python 3 may have written bytes for Python 2's text. */
const textOf = (key: PickleValue) => new TextDecoder().decode(inlineBytes(key));

/** An archive of arrays: images of rank 3 or 4, and labels, one each. Where there are several sets, the one for testing. */
async function readArchive(source: ByteSource): Promise<LabelledImages> {
  const archive = await readZip(source);
  const arrays: StoredTensor[] = [];
  for (const entry of archive.entries.values()) {
    if (!entry.name.endsWith('.npy')) continue;
    const array = await readArray(entrySource(archive, entry), entry.name.slice(0, -'.npy'.length));
    if (array.kind === 'readable') arrays.push(array.tensor);
  }
  const isForTesting = ({ name }: StoredTensor) => /test|val/i.test(name);
  arrays.sort((a, b) => Number(isForTesting(b)) - Number(isForTesting(a)));
  const isOfImages = ({ shape, type }: StoredTensor) => type === 'uint8' && [3, 4].includes(shape.length);
  const images = arrays.find(isOfImages);
  const labels = arrays.find(
    (one) =>
      one !== images &&
      one.shape[0] === images?.shape[0] &&
      one.elementCount === one.shape[0] &&
      /^u?int/.test(one.type),
  );
  if (!images || !labels) {
    throw refuse('The archive has no array of uint8 images with an array of labels, one each', source.name);
  }
  const { shape, pixels } = channelsFirst(images.shape, await bytesOf(images, source.name));
  return finished(source.name, shape, pixels, await readTensor(labels));
}

async function bytesOf({ shape, storage, elementCount, type }: StoredTensor, name: string) {
  checkSize(shape[0], elementCount / shape[0], name);
  if (type !== 'uint8' || storage.kind !== 'bytes') {
    throw refuse('Its images are no array of bytes in the usual order', name);
  }
  return await storage.source.read(storage.offset, elementCount);
}

function checkSize(count: number, imageBytes: number, name: string): void {
  if (count === 0) throw refuse('The file holds no image', name);
  if (count > MAX_IMAGES || count * imageBytes > MAX_PIXEL_BYTES) {
    throw refuse(`The file holds ${count} images, more than are read here (${MAX_IMAGES})`, name);
  }
}

/** [count, height, width] or [count, height, width, channels] to [count, channels, height, width]. */
function channelsFirst(shape: readonly number[], bytes: Uint8Array) {
  const [count, first, second, third] = shape;
  if (third === undefined) return { shape: [count, 1, first, second], pixels: bytes };
  if (third > 4) return { shape: [...shape], pixels: bytes };
  const area = first * second;
  const pixels = new Uint8Array(bytes.byteLength);
  for (let image = 0; image < count; image++) {
    const start = image * area * third;
    for (let channel = 0; channel < third; channel++) {
      for (let at = 0; at < area; at++)
        pixels[start + channel * area + at] = bytes[start + at * third + channel];
    }
  }
  return { shape: [count, third, first, second], pixels };
}

const MAX_LABEL = 65_535;

function finished(
  name: string,
  [count, channels, height, width]: readonly number[],
  pixels: Uint8Array,
  labels: ArrayLike<number>,
): LabelledImages {
  if (labels.length !== count) {
    throw refuse(`The file holds ${count} images and ${labels.length} labels`, name);
  }
  for (let image = 0; image < count; image++) {
    const label = labels[image];
    if (!(Number.isInteger(label) && label >= 0 && label <= MAX_LABEL)) {
      throw refuse(`The label of image ${image + 1} is no class’s number`, name);
    }
  }
  return { name, count, channels, height, width, pixels, labels: Uint16Array.from(labels) };
}
