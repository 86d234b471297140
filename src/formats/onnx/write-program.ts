/**
 * A program in ONNX's vocabulary as an ONNX file: what the readers of other formats, and the inference of layers from names
 * and shapes, have made of a network. Half-precision tensors stay as they are stored and are cast where they are used; other
 * real ones are written as float32, integers as int64, which is what ONNX counts in.
 */
import { encodeElements } from '../encode-elements';
import { FormatError } from '../format-error';
import type { Attribute, Operator, Program } from '../model-file';
import { isFloatingPoint, readTensor, type StoredTensor } from '../tensor';
import { inCurrentForm } from './current-operators';
import {
  dataTypeOf,
  modelFile,
  type NodeAttribute,
  nodeMessage,
  type Part,
  tensorMessage,
  valueMessage,
} from './messages';

/** Version of ONNX's operator set that the readers and families write in, and the file version that came with it. */
const OPSET = 24;
const IR_VERSION = 11;

/** ONNX's numbers for element types. */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

/** Numbers that are no integers: a program's attributes do not tell the two apart. */
const FLOAT_ATTRIBUTES = new Set([
  ...['alpha', 'beta', 'gamma', 'bias', 'clip', 'epsilon', 'lambd', 'momentum', 'ratio', 'scale', 'softcap'],
  ...['threshold', 'value_float', 'extrapolation_value', 'cubic_coeff_a', 'spatial_scale'],
]);
const FLOAT_LISTS = new Set(['value_floats', 'activation_alpha', 'activation_beta', 'scales']);

/** Operator sets beside ONNX's own that ONNX Runtime knows. */
const OTHER_DOMAINS = new Set(['com.microsoft']);

/** Elements that stand in for those in the file, by the name of the tensor. */
export type Elements = ReadonlyMap<string, Float32Array>;

export interface Runnable {
  readonly fileName: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly program: Program;
  /** Every tensor that the program reads, by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Throws FormatError where an operator has no counterpart in ONNX. */
export async function writeProgram(
  { fileName, metadata, program, tensors }: Runnable,
  elements: Elements,
): Promise<Uint8Array<ArrayBuffer>> {
  const { operators } = program;
  const foreign = operators.find(({ domain }) => domain !== '' && !OTHER_DOMAINS.has(domain));
  if (foreign) {
    throw new FormatError(
      `The network has a layer that ONNX has no operator for: ${foreign.type}`,
      `"${foreign.name}" in ${fileName}`,
      'Export the network as ONNX with the library that made it.',
    );
  }
  const read = new Set(operators.flatMap(({ inputs }) => inputs));
  const initializers: Part[][] = [];
  const nodes: Part[][] = [];
  for (const [name, tensor] of tensors) {
    if (!read.has(name)) continue;
    const { dataType, bytes } = await storedElements(tensor, elements.get(name));
    const short = isHalf(tensor.type) ? `${name} (${tensor.type})` : name;
    initializers.push(tensorMessage(short, tensor.shape, dataType, bytes));
    if (short === name) continue;
    nodes.push(
      nodeMessage({
        type: 'Cast',
        name: `${name} (cast)`,
        inputs: [short],
        outputs: [name],
        attributes: new Map([['to', FLOAT]]),
      }),
    );
  }
  const names = new Map<string, number>();
  for (const operator of operators.flatMap((one) => inCurrentForm(one, tensors))) {
    // ONNX Runtime wants every name once; here operators that one layer is made of share its name.
    const count = (names.get(operator.name) ?? 0) + 1;
    names.set(operator.name, count);
    const name = count === 1 ? operator.name : `${operator.name} (${count})`;
    nodes.push(await writeOperator({ ...operator, name }, fileName));
  }
  const opsets = new Map([['', OPSET]]);
  for (const { domain } of operators) if (domain) opsets.set(domain, 1);
  return modelFile({
    irVersion: IR_VERSION,
    opsets,
    metadata,
    graph: {
      name: fileName,
      nodes,
      initializers,
      inputs: program.inputs.map(({ name, elementType, shape, channelAxis }) =>
        valueMessage(name, elementType, shape, channelAxis),
      ),
      outputs: program.outputs.map(({ name, elementType, shape }) => valueMessage(name, elementType, shape)),
    },
  });
}

const isHalf = (type: string) => type === 'float16' || type === 'bfloat16';

interface StoredBytes {
  readonly dataType: number;
  readonly bytes: Uint8Array;
}

async function storedElements(tensor: StoredTensor, edited: Float32Array | undefined): Promise<StoredBytes> {
  const values = edited ?? (await readTensor(tensor));
  const real = isHalf(tensor.type) ? tensor.type : 'float32';
  const type = isFloatingPoint(tensor.type) ? real : tensor.type === 'bool' ? 'bool' : 'int64';
  return { dataType: dataTypeOf(type), bytes: encodeElements(values, type) };
}

async function writeOperator(operator: Operator, fileName: string): Promise<Part[]> {
  const attributes = new Map<string, NodeAttribute>();
  for (const [name, attribute] of operator.attributes) {
    attributes.set(name, await nodeAttribute(operator, name, attribute, fileName));
  }
  return nodeMessage({ ...operator, attributes });
}

async function nodeAttribute(
  { type, name: operatorName }: Operator,
  name: string,
  attribute: Attribute,
  fileName: string,
): Promise<NodeAttribute> {
  switch (attribute.kind) {
    case 'number':
      if (FLOAT_ATTRIBUTES.has(name)) return { float: attribute.value };
      // What is written here counts in 64 bits throughout.
      return type === 'Cast' && name === 'to' && attribute.value === INT32 ? INT64 : attribute.value;
    case 'numbers':
      return FLOAT_LISTS.has(name) ? { floats: attribute.value } : attribute.value;
    case 'text':
      return attribute.value;
    case 'texts':
      return { texts: attribute.value };
    case 'tensor': {
      const { dataType, bytes } = await storedElements(attribute.value, undefined);
      return { tensor: tensorMessage('', attribute.value.shape, dataType, bytes) };
    }
    case 'program':
    case 'other':
      throw new FormatError(
        `The attribute "${name}" of ${type} cannot be written`,
        `"${operatorName}" in ${fileName}`,
        'Export the network as ONNX with the library that made it.',
      );
    default:
      return attribute satisfies never;
  }
}
