/**
 * ONNX SparseTensorProto: the elements that are not zero, and where they stand. Used as a dense tensor, which is filled
 * when it is read.
 */
import { FormatError } from '../format-error';
import { byteLengthOf, checkedElementCount, readTensor, type StoredTensor } from '../tensor';
import { readTensorProto, type TensorContext } from './tensor-proto';
import { appendNumbers, type ByteRange, damaged, readFields } from './wire';

const VALUES = 1;
const INDICES = 2;
const DIMS = 3;

/** A dense tensor of more elements (256 MiB) is not filled for a file that states a handful of them. */
const MAX_DENSE_ELEMENTS = 2 ** 26;

/** Reads one sparse tensor; it has the name of its values. */
export async function readSparseTensorProto(
  context: TensorContext,
  range: ByteRange,
  fallbackName: string,
): Promise<StoredTensor> {
  const { reader } = context;
  const shape: number[] = [];
  let values: StoredTensor | undefined;
  let indices: StoredTensor | undefined;
  for (const field of await readFields(reader, range)) {
    if (field.number === DIMS) await appendNumbers(reader, field, 'varint', shape);
    else if (!field.isBytes) continue;
    else if (field.number === VALUES) values = await readTensorProto(context, field, fallbackName);
    else if (field.number === INDICES)
      indices = await readTensorProto(context, field, `${fallbackName} indices`);
  }
  const name = values?.name ?? fallbackName;
  const { name: fileName } = reader.source;
  const elementCount = checkedElementCount(shape, name, fileName);
  const [places, rank] = indices?.shape ?? [];
  const isFlat = indices?.shape.length === 1;
  const fits =
    values?.elementCount === places && indices?.type === 'int64' && (isFlat || rank === shape.length);
  if (!values || !indices || !fits) {
    throw damaged(`The indices of sparse tensor "${name}" do not fit its values`, range.start, reader);
  }
  if (elementCount > MAX_DENSE_ELEMENTS) {
    throw new FormatError(
      `Sparse tensor "${name}" has ${elementCount} elements`,
      fileName,
      `Up to ${MAX_DENSE_ELEMENTS} can be shown; export the model with dense tensors.`,
    );
  }
  const dense = fillOnce(values, indices, shape, fileName);
  return {
    ...{
      name,
      shape,
      elementCount,
      type: values.type,
      encoding: `${values.type}, ${places} of them not zero`,
    },
    storage: { kind: 'encoded', read: async (first, count) => (await dense()).slice(first, first + count) },
  };
}

/** The dense elements, filled when they are first asked for. */
function fillOnce(
  values: StoredTensor,
  indices: StoredTensor,
  shape: readonly number[],
  fileName: string,
): () => Promise<Float32Array> {
  let filled: Promise<Float32Array> | undefined;
  const fill = async () => {
    const places = await readIndices(indices);
    const elements = await readTensor(values);
    const dense = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const coordinates = places.length / Math.max(1, elements.length);
    elements.forEach((element, entry) => {
      let place = 0;
      for (let axis = 0; axis < coordinates; axis++) {
        place = place * (coordinates === 1 ? 1 : shape[axis]) + places[entry * coordinates + axis];
      }
      if (!(place >= 0 && place < dense.length)) {
        const advice = 'The file is damaged; export it again.';
        throw new FormatError(
          `Sparse tensor "${values.name}" has an element at place ${place}`,
          fileName,
          advice,
        );
      }
      dense[place] = element;
    });
    return dense;
  };
  return () => {
    filled ??= fill();
    return filled;
  };
}

/** int64, exact: as float32 large places would be rounded. */
async function readIndices({ storage, elementCount, type }: StoredTensor): Promise<ArrayLike<number>> {
  if (storage.kind === 'numbers') return storage.values;
  if (storage.kind !== 'bytes') return new Array<number>(elementCount).fill(Number.NaN);
  const bytes = await storage.source.read(storage.offset, byteLengthOf(type, elementCount));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: elementCount }, (_, index) => Number(view.getBigInt64(8 * index, true)));
}
