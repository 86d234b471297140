/**
 * ONNX program → Network: runs the operators in order over what each value *is* (channels at places, constants) instead
 * of over numbers. An operator that is not understood is reported and its results stay unknown; the rest goes on.
 */
import { type ModelFile, type Operator, readTensor, type StoredTensor, type ValueInfo } from '../../formats';
import { freshActivation, NotUnderstoodError, positionAxis } from '../activation';
import type { Network } from '../network';
import { Lowering, OperatorCall, UnknownInputError } from './lowering';
import { OPERATORS } from './operators';

/** Tensors up to this size are read, so that shapes and axes can be computed with. */
const SMALL_INTEGERS = 4096;
const SMALL_FLOATS = 64;

/** A picture's side, or a sequence's length, where the file leaves it open. */
const ASSUMED_SIDES = [224, 32, 28, 64, 96, 128, 256, 299, 384, 512];
const ASSUMED_LENGTH = 16;

/** Reads the elements of every small tensor. */
async function readSmallTensors(model: ModelFile): Promise<Map<StoredTensor, readonly number[]>> {
  const attributes = (model.program?.operators ?? []).flatMap(({ attributes }) => [...attributes.values()]);
  const tensors = [
    ...model.tensors.values(),
    ...attributes.flatMap((attribute) => (attribute.kind === 'tensor' ? [attribute.value] : [])),
  ];
  const small = new Map<StoredTensor, readonly number[]>();
  for (const tensor of tensors) {
    const limit = tensor.type.includes('float') ? SMALL_FLOATS : SMALL_INTEGERS;
    if (tensor.elementCount <= limit) small.set(tensor, [...(await readTensor(tensor))]);
  }
  return small;
}

/** Lowers an ONNX model. Where the size of its pictures is open, the usual ones are tried until everything fits. */
export async function lowerOnnx(model: ModelFile): Promise<Network> {
  const smallNumbers = await readSmallTensors(model);
  const isOpen = model.program?.inputs.some(
    ({ shape }) => shape && shape.length > 3 && shape.slice(1).some(isUnknown),
  );
  let best: Network | undefined;
  for (const side of isOpen ? ASSUMED_SIDES : ASSUMED_SIDES.slice(0, 1)) {
    const network = lowerWithSide(model, smallNumbers, side);
    if (!best || network.notUnderstood.length < best.notUnderstood.length) best = network;
    if (network.notUnderstood.length === 0) break;
  }
  return best as Network;
}

const isUnknown = (size: number | string) => typeof size === 'string' || size <= 0;

function lowerWithSide(
  model: ModelFile,
  smallNumbers: ReadonlyMap<StoredTensor, readonly number[]>,
  side: number,
): Network {
  const lowering = new Lowering(model.fileName, smallNumbers);
  for (const [name, tensor] of model.tensors) lowering.addTensor(name, tensor, smallNumbers.get(tensor));
  const operators = model.program?.operators ?? [];
  for (const input of model.program?.inputs ?? []) addInput(lowering, input, operators, side);
  for (const operator of operators) runOperator(lowering, operator, model.opset ?? 0);
  for (const output of model.program?.outputs ?? []) {
    const value = lowering.values.get(output.name);
    if (value?.kind !== 'activation') continue;
    for (const set of lowering.setsOf(value.channels)) set.isOutput = true;
  }
  const { layers, channelSets, channelCount, notUnderstood, unplacedReasons, constants, tensors } = lowering;
  return {
    layers,
    channelSets,
    channelCount,
    notUnderstood,
    unplacedReasons,
    constants,
    unread: unreadTensors(model, tensors),
    tensors,
    isInferred: false,
  };
}

function unreadTensors(model: ModelFile, tensors: ReadonlyMap<string, StoredTensor>): Set<string> {
  const read = new Set(model.program?.operators.flatMap(({ inputs }) => inputs));
  return new Set([...tensors.keys()].filter((name) => !read.has(name)));
}

/** Floating-point inputs have channels; integer ones are ids that look up an embedding. */
function addInput(lowering: Lowering, input: ValueInfo, operators: readonly Operator[], side: number): void {
  const isFloat = [1, 10, 11, 16].includes(input.elementType);
  const declared = input.shape ?? [1, 1];
  const rank = declared.length;
  const shape = declared.map((size, axis) => {
    if (!isUnknown(size)) return size as number;
    if (axis === 0) return 1;
    return rank > 3 ? side : ASSUMED_LENGTH;
  });
  if (!isFloat) {
    lowering.values.set(input.name, {
      kind: 'activation',
      axes: shape.map(positionAxis),
      channels: new Int32Array(0),
    });
    return;
  }
  const channelAxis = findChannelAxis(input.name, shape, declared, operators);
  const positions = shape.reduce((total, size, axis) => (axis === channelAxis ? total : total * size), 1);
  const kind = rank > 2 ? 'channel' : 'neuron';
  const channels = lowering.addWriter(input.name, shape[channelAxis] ?? 1, kind, positions, (writes) => ({
    kind: 'input',
    writes,
  }));
  lowering.channelSets[lowering.channelSets.length - 1].isInput = true;
  lowering.values.set(input.name, freshActivation(shape, channelAxis, channels));
}

/** Channels come first in pictures unless the program itself moves them there, and last in sequences. */
function findChannelAxis(
  name: string,
  shape: readonly number[],
  declared: readonly (number | string)[],
  operators: readonly Operator[],
): number {
  const rank = shape.length;
  if (rank < 3) return rank - 1;
  const reader = operators.find(({ inputs }) => inputs.includes(name));
  const permutation = reader?.type === 'Transpose' ? reader.attributes.get('perm') : undefined;
  if (permutation?.kind === 'numbers' && permutation.value[1] === rank - 1) return rank - 1;
  if (rank > 3) return 1;
  // [batch, channels, length] feeds a convolution; [batch, length, features] anything else.
  const feedsConvolution = reader?.type.startsWith('Conv') || isUnknown(declared[2]);
  return feedsConvolution ? 1 : 2;
}

function runOperator(lowering: Lowering, operator: Operator, opset: number): void {
  const handler = operator.domain === '' ? OPERATORS.get(operator.type) : undefined;
  try {
    if (!handler) {
      throw new NotUnderstoodError(
        `${operator.domain ? `${operator.domain}.` : ''}${operator.type} is not read yet`,
      );
    }
    const results = handler(new OperatorCall(lowering, operator, opset));
    operator.outputs.forEach((name, index) => {
      if (name && results[index]) lowering.values.set(name, results[index]);
    });
  } catch (error) {
    if (!(error instanceof NotUnderstoodError)) throw error;
    reportNotUnderstood(lowering, operator, error);
  }
}

function reportNotUnderstood(lowering: Lowering, operator: Operator, error: NotUnderstoodError): void {
  const { name, type } = operator;
  const isRootCause = !(error instanceof UnknownInputError);
  if (isRootCause) lowering.notUnderstood.push({ operator: name, type, reason: error.message });
  const reason = isRootCause ? `${type} "${name}" ${error.message}` : error.message;
  for (const output of operator.outputs) {
    if (output) lowering.values.set(output, { kind: 'unknown', reason });
  }
  for (const input of operator.inputs) {
    const value = lowering.values.get(input);
    if (value?.kind !== 'constant' || !value.view) continue;
    const tensorName = value.view.tensor.name;
    if (!lowering.unplacedReasons.has(tensorName)) lowering.unplacedReasons.set(tensorName, reason);
  }
}
