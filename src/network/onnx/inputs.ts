/**
 * What a program's inputs are: channels at places where they hold numbers, places only where they hold ids, masks, or what
 * the network remembers from before.
 */
import { type Operator, type Program, readerBehind, type ValueInfo } from '../../formats';
import { freshActivation, product, sharedActivation } from '../activation';
import type { Lowering } from './lowering';

/** A sequence's length where the file leaves it open. */
const ASSUMED_LENGTH = 16;

/** Element types: float, float16, double, bfloat16. */
export const FLOATS = [1, 10, 11, 16];

export const isOpenSize = (size: number | string) => typeof size === 'string' || size <= 0;

/** Inputs that carry on where the network left off, and the outputs that will be them: caches of keys and values. */
export interface States {
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
}

/** Finds caches by who reads them: attention itself, or a Concat along the positions of [batch, heads, positions, size]. */
export function findStates({ inputs, operators }: Program): States {
  const readers = new Map<string, Operator[]>(inputs.map(({ name }) => [name, []]));
  for (const operator of operators) {
    for (const name of operator.inputs) readers.get(name)?.push(operator);
  }
  const isCacheReader = ({ type, attributes }: Operator) => {
    const axis = attributes.get('axis');
    const isAlongPositions = axis?.kind === 'number' && (axis.value === 2 || axis.value === -2);
    return type === 'Shape' || type.endsWith('Attention') || (type === 'Concat' && isAlongPositions);
  };
  const isState = ({ name, shape, elementType }: ValueInfo) => {
    const own = readers.get(name) ?? [];
    return shape?.length === 4 && FLOATS.includes(elementType) && own.length > 0 && own.every(isCacheReader);
  };
  const states = new Set(inputs.filter(isState).map(({ name }) => name));
  const renewals = operators.filter(
    ({ type, inputs }) => type === 'Concat' && inputs.some((name) => states.has(name)),
  );
  return { inputs: states, outputs: new Set(renewals.flatMap(({ outputs }) => outputs)) };
}

/** Makes an input known. `side`: a picture's, where the file leaves it open. */
export function addInput(
  lowering: Lowering,
  input: ValueInfo,
  { operators }: Program,
  states: States,
  side: number,
): void {
  const declared = input.shape ?? [1, 1];
  const rank = declared.length;
  const shape = declared.map((size, axis) => {
    if (!isOpenSize(size)) return size as number;
    if (axis === 0) return 1;
    return rank > 3 && !states.inputs.has(input.name) ? side : assumedLength(size);
  });
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    const reason = `input "${input.name}" has the shape ${shape.join('×')}`;
    lowering.values.set(input.name, { kind: 'unknown', reason });
    return;
  }
  if (!FLOATS.includes(input.elementType) || states.inputs.has(input.name)) {
    lowering.values.set(input.name, sharedActivation(shape));
    return;
  }
  const channelAxis = input.channelAxis ?? findChannelAxis(input.name, shape, declared, operators);
  if (isOpenSize(declared[channelAxis] ?? 1)) {
    shape[channelAxis] = channelsRead(lowering, input.name, operators) ?? shape[channelAxis];
  }
  const count = shape[channelAxis] ?? 1;
  const positions = product(shape.filter((_, axis) => axis !== channelAxis));
  const kind = rank > 2 ? 'channel' : 'neuron';
  const channels = lowering.addWriter(input.name, count, kind, positions, (writes) => ({
    kind: 'input',
    writes,
  }));
  lowering.channelSets[lowering.channelSets.length - 1].isInput = true;
  lowering.values.set(input.name, freshActivation(shape, channelAxis, channels));
}

/** Operators that leave the axes of what they read as they are. */
const KEEPS_AXES = new Set([
  ...['Identity', 'Cast', 'Add', 'Sub', 'Mul', 'Div', 'Clip', 'Pad'],
  ...['QuantizeLinear', 'DequantizeLinear'],
]);

/** The first operator that may move an input's axes, and the name it knows the input by. */
const readerOf = (input: string, operators: readonly Operator[]) =>
  readerBehind(
    input,
    (name) => operators.find(({ type, inputs }) => type !== 'Shape' && inputs.includes(name)),
    KEEPS_AXES,
  );

/** How many channels the convolution has weights for that reads an input, where the file leaves their number open. */
function channelsRead(
  { values }: Lowering,
  name: string,
  operators: readonly Operator[],
): number | undefined {
  const { reader, as } = readerOf(name, operators);
  const isConvolved = reader?.type === 'Conv' && reader.inputs[0] === as;
  const weight = isConvolved ? values.get(reader.inputs[1]) : undefined;
  const group = reader?.attributes.get('group');
  if (weight?.kind !== 'constant') return undefined;
  return weight.shape[1] * (group?.kind === 'number' ? group.value : 1);
}

/** Exporters name sizes that are sums: "past_sequence_length + sequence_length". */
function assumedLength(name: number | string): number {
  const terms = String(name).split('+', 4);
  const sizes = terms.map((term) => (/^\s*\d{1,4}\s*$/.test(term) ? Number(term) : ASSUMED_LENGTH));
  return sizes.reduce((total, size) => total + size, 0);
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
  const { reader } = readerOf(name, operators);
  const permutation = reader?.type === 'Transpose' ? reader.attributes.get('perm') : undefined;
  if (permutation?.kind === 'numbers' && permutation.value[1] === rank - 1) return rank - 1;
  if (rank > 3) return 1;
  // [batch, channels, length] feeds a convolution; [batch, length, features] anything else.
  const feedsConvolution = reader?.type.startsWith('Conv') || isOpenSize(declared[2]);
  return feedsConvolution ? 1 : 2;
}
