/**
 * A copy of an ONNX file in which some tensors are written anew, because their bytes have another length or lay elsewhere:
 * initializers, sparse ones too, and what Constant and ConstantOfShape make.
 */
import type { PagedReader } from '../byte-source';
import { FormatError } from '../format-error';
import type { StoredTensor } from '../tensor';
import { dataTypeOf, field, joinParts, nodeMessage, type Part, tensorMessage } from './messages';
import { type ByteRange, type Field, readFields, readText } from './wire';

/** Field numbers of ModelProto, GraphProto, NodeProto, SparseTensorProto and TensorProto. */
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const SPARSE_INITIALIZER = 15;
const NODE_OUTPUT = 2;
const NODE_TYPE = 4;
const SPARSE_VALUES = 1;
const TENSOR_NAME = 8;

export interface RewrittenTensor {
  readonly tensor: StoredTensor;
  /** Its elements, little-endian, as its type stores them. */
  readonly bytes: Uint8Array;
}

/** `reader` reads `file`. Only tensors of the outermost graph are found; FormatError where one is elsewhere. */
export async function rewriteInitializers(
  reader: PagedReader,
  file: Uint8Array,
  rewritten: ReadonlyMap<string, RewrittenTensor>,
): Promise<Uint8Array<ArrayBuffer>> {
  const missing = new Set(rewritten.keys());
  const find = (name: string) => {
    const found = rewritten.get(name);
    missing.delete(name);
    return found && { name, message: messageOf(name, found) };
  };
  const rewriteEntry = async (entry: Field): Promise<Part[] | undefined> => {
    const isTensor = entry.number === INITIALIZER || entry.number === SPARSE_INITIALIZER;
    const name = isTensor ? await tensorName(reader, entry) : await constantName(reader, entry);
    const found = name === undefined ? undefined : find(name);
    if (!found) return undefined;
    return isTensor
      ? field(INITIALIZER, found.message)
      : field(NODE, constantNode(found.name, found.message));
  };
  const rewriteGraph = async (entry: Field) =>
    entry.number === GRAPH && entry.isBytes
      ? field(GRAPH, await rewriteFields(reader, file, entry, rewriteEntry))
      : undefined;
  const parts = await rewriteFields(reader, file, { start: 0, end: file.byteLength }, rewriteGraph);
  const [name] = missing;
  if (name !== undefined) {
    throw new FormatError(
      `Tensor "${name}" cannot be changed: it stands in the body of a branch, loop or function, and not as plain bytes`,
      reader.source.name,
      'Export the model anew with its weights as initializers.',
    );
  }
  return joinParts(parts);
}

const messageOf = (name: string, { tensor, bytes }: RewrittenTensor) =>
  tensorMessage(name, tensor.shape, dataTypeOf(tensor.type), bytes);

const constantNode = (name: string, tensor: readonly Part[]) =>
  nodeMessage({
    ...{ type: 'Constant', name, inputs: [], outputs: [name] },
    attributes: new Map([['value', { tensor }]]),
  });

/** The fields of a message, with others in the place of those for which `rewrite` gives any. */
async function rewriteFields(
  reader: PagedReader,
  file: Uint8Array,
  range: ByteRange,
  rewrite: (entry: Field) => Promise<Part[] | undefined>,
): Promise<Part[]> {
  const parts: Part[] = [];
  let copied = range.start;
  let end = range.start;
  for (const entry of await readFields(reader, range)) {
    const other = await rewrite(entry);
    if (other) {
      parts.push(file.subarray(copied, end), ...other);
      copied = entry.end;
    }
    end = entry.end;
  }
  parts.push(file.subarray(copied, range.end));
  return parts;
}

async function textOf(reader: PagedReader, range: ByteRange, number: number): Promise<string | undefined> {
  const found = (await readFields(reader, range)).find((entry) => entry.number === number && entry.isBytes);
  return found && (await readText(reader, found));
}

async function tensorName(reader: PagedReader, entry: Field): Promise<string | undefined> {
  if (entry.number === INITIALIZER) return await textOf(reader, entry, TENSOR_NAME);
  const fields = await readFields(reader, entry);
  const values = fields.find(({ number, isBytes }) => number === SPARSE_VALUES && isBytes);
  return values && (await textOf(reader, values, TENSOR_NAME));
}

/** What an operator that makes a constant calls it; undefined for all others. */
async function constantName(reader: PagedReader, entry: Field): Promise<string | undefined> {
  if (entry.number !== NODE || !entry.isBytes) return undefined;
  const type = await textOf(reader, entry, NODE_TYPE);
  const isConstant = type === 'Constant' || type === 'ConstantOfShape';
  return isConstant ? await textOf(reader, entry, NODE_OUTPUT) : undefined;
}
