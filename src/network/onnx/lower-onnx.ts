/**
 * ONNX program → Network: runs the operators in order over what each value *is* (channels at places, constants) instead
 * of over numbers. An operator that is not understood is reported and its results stay unknown; the rest goes on.
 */
import { type ModelFile, type Program, readTensor, type StoredTensor } from '../../formats';
import type { Network } from '../network';
import { addInput, findStates, isOpenSize } from './inputs';
import { Lowering } from './lowering';
import { OPERATORS } from './operators';
import { closeScores } from './operators/attention';
import { runOperators } from './run-program';

/** Tensors up to this size are read, so that shapes and axes can be computed with. */
const SMALL_INTEGERS = 4096;
const SMALL_FLOATS = 64;

/** A picture's side where the file leaves it open. */
const ASSUMED_SIDES = [224, 32, 28, 64, 96, 128, 256, 299, 384, 512, 16, 48, 192, 240, 336, 448, 518, 640];
/** Programs longer than this are lowered once, with the first side. */
const MANY_OPERATORS = 20_000;

/** Calls `visit` for a program and all that its operators hold. */
function forEachProgram(program: Program, visit: (program: Program) => void): void {
  visit(program);
  for (const { attributes } of program.operators) {
    for (const attribute of attributes.values()) {
      if (attribute.kind === 'program') forEachProgram(attribute.value, visit);
    }
  }
}

/** Reads the elements of every small tensor. */
async function readSmallTensors(
  model: ModelFile,
  programs: readonly Program[],
): Promise<Map<StoredTensor, readonly number[]>> {
  const attributes = programs.flatMap(({ operators }) =>
    operators.flatMap(({ attributes }) => [...attributes.values()]),
  );
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
  const program = model.program ?? { inputs: [], outputs: [], operators: [] };
  const programs: Program[] = [];
  forEachProgram(program, (part) => programs.push(part));
  const smallNumbers = await readSmallTensors(model, programs);
  const isOpen = program.inputs.some(
    ({ shape }) => shape && shape.length > 3 && shape.slice(1).some(isOpenSize),
  );
  const isLong = programs.reduce((total, { operators }) => total + operators.length, 0) > MANY_OPERATORS;
  let best: Network | undefined;
  for (const side of isOpen && !isLong ? ASSUMED_SIDES : ASSUMED_SIDES.slice(0, 1)) {
    const network = lowerWithSide(model, program, programs, smallNumbers, side);
    if (!best || network.notUnderstood.length < best.notUnderstood.length) best = network;
    if (network.notUnderstood.length === 0) break;
  }
  return best as Network;
}

function lowerWithSide(
  model: ModelFile,
  program: Program,
  programs: readonly Program[],
  smallNumbers: ReadonlyMap<StoredTensor, readonly number[]>,
  side: number,
): Network {
  const lowering = new Lowering(model.fileName, smallNumbers, OPERATORS);
  for (const [name, tensor] of model.tensors) lowering.addTensor(name, tensor, smallNumbers.get(tensor));
  const states = findStates(program);
  for (const input of program.inputs) addInput(lowering, input, program, states, side);
  runOperators(lowering, program.operators);
  closeScores(lowering);
  for (const { name } of program.outputs) {
    const value = lowering.values.get(name);
    if (value?.kind !== 'activation' || states.outputs.has(name)) continue;
    for (const set of lowering.setsOf(value.channels)) set.isOutput = true;
  }
  const { layers, channelSets, channelCount, orderings, notUnderstood, unplacedReasons, constants, tensors } =
    lowering;
  const read = new Set(programs.flatMap(({ operators }) => operators.flatMap(({ inputs }) => inputs)));
  return {
    layers,
    channelSets,
    channelCount,
    orderings,
    notUnderstood,
    unplacedReasons,
    constants,
    unread: new Set([...tensors.keys()].filter((name) => !read.has(name))),
    tensors,
    program,
  };
}
