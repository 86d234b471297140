/**
 * If, Loop and Scan. Bodies are run once, in place: what a loop carries from step to step has the same channels before and
 * after, which a sum between the two says.
 */
import type { Program } from '../../../formats';
import {
  type Activation,
  consecutive,
  freshActivation,
  hasChannels,
  isShared,
  NotUnderstoodError,
  positionAxis,
  product,
  shapeOf,
  sharedActivation,
} from '../../activation';
import type { Constant } from '../../constant';
import { reshape } from '../../rearranging';
import { FLOATS } from '../inputs';
import type { Known, Value } from '../lowering';
import { normaliseAxis, type OperatorCall } from '../operator-call';
import { runOperators } from '../run-program';
import { combineActivations } from './arithmetic';
import { shapeOfMovable } from './moving';
import { somePositions } from './picking-positions';

/** Steps of a loop whose number only shows when the network runs. */
const ASSUMED_STEPS = 16;

function runBody({ lowering }: OperatorCall, { operators, outputs }: Program): (Value | undefined)[] {
  runOperators(lowering, operators);
  return outputs.map(({ name }) => lowering.values.get(name));
}

function note({ lowering, operator: { name, type } }: OperatorCall, reason: string): void {
  lowering.notUnderstood.push({ operator: name, type, reason });
}

export function ifOperator(call: OperatorCall): (Value | undefined)[] {
  const condition = call.input(0);
  const branches = [call.program('then_branch'), call.program('else_branch')];
  const known = condition.kind === 'constant' ? condition.numbers?.[0] : undefined;
  if (known === undefined) {
    const [first, second] = branches.map((branch) => runBody(call, branch));
    return first.map((value, index) => eitherOf(call, value, second[index]));
  }
  const [taken, other] = known ? branches : [...branches].reverse();
  for (const name of other.operators.flatMap(({ inputs }) => inputs)) {
    const value = call.lowering.values.get(name);
    if (value?.kind === 'constant' && value.view && !call.lowering.unplacedReasons.has(name)) {
      call.lowering.unplacedReasons.set(
        name,
        `is used in a branch of "${call.operator.name}" that is not taken`,
      );
    }
  }
  return runBody(call, taken);
}

/** The result of two branches, of which one is run: their channels belong together, place by place. */
function eitherOf(
  call: OperatorCall,
  first: Value | undefined,
  second: Value | undefined,
): Value | undefined {
  if (!first || first.kind === 'unknown') return second ?? first;
  if (!second || second.kind === 'unknown' || first.kind === 'constant' || second.kind === 'constant') {
    return first.kind === 'constant' && second?.kind === 'activation' ? second : first;
  }
  if (first.kind === 'activation' && second.kind === 'activation') {
    return meet(call, first, second, 'branches') ?? first;
  }
  return first;
}

/** Two values whose channels are the same; undefined, with a note, where they cannot be. */
function meet(call: OperatorCall, a: Activation, b: Activation, what: string): Activation | undefined {
  try {
    if (shapeOf(a).join() === shapeOf(b).join()) return combineActivations(call, a, b, call.operator.type);
  } catch (error) {
    if (!(error instanceof NotUnderstoodError)) throw error; // their channels are laid out differently: noted below
  }
  const [left, right] = [a, b].map((value) => shapeOf(value).join('×') || 'scalar');
  for (const { channels } of [a, b]) call.lowering.keepOrder(channels);
  note(call, `has ${what} whose channels do not fit (${left} and ${right}); the first is followed`);
  return undefined;
}

/** A value that is the first of many: what a loop begins with. Numbers that will change are not known. */
function asState(call: OperatorCall, value: Known, elementType: number): Known {
  if (value.kind !== 'constant') return value;
  const { shape } = value;
  const count = shape[shape.length - 1] ?? 1;
  if (count < 2 || !isReal(value, elementType)) return sharedActivation(shape);
  const { lowering, operator } = call;
  const positions = product(shape) / count;
  const channels = lowering.addWriter(`${operator.name} state`, count, 'neuron', positions, (writes) => ({
    kind: 'input',
    writes,
  }));
  const state = freshActivation(shape, shape.length - 1, channels);
  const { view, numbers } = value;
  const isZero = numbers?.every((number) => number === 0) ?? view?.tensor.storage.kind === 'fill';
  if (!view || isZero || positions > 1) lowering.markConstant(value);
  else {
    const offsets = consecutive({ first: 0, count }).map(
      (index) => view.offset + index * view.strides[shape.length - 1],
    );
    lowering.addLayer(view.tensor.name, { kind: 'bias', channels, values: { tensor: view.tensor, offsets } });
  }
  return state;
}

const isReal = ({ view }: Constant, elementType: number) =>
  elementType > 0 ? FLOATS.includes(elementType) : (view?.tensor.type.includes('float') ?? true);

/** Gives a body's inputs their values, runs it, and ties what it carries on to what it began with. */
function runLoop(
  call: OperatorCall,
  body: Program,
  given: readonly Known[],
  states: readonly Known[],
  elements: readonly Known[],
): { carried: (Value | undefined)[]; results: (Value | undefined)[] } {
  const { lowering } = call;
  const values = [...given, ...states, ...elements];
  if (body.inputs.length !== values.length) {
    throw new NotUnderstoodError(`has a body of ${body.inputs.length} inputs for ${values.length} values`);
  }
  const began = values.map((value, index) => {
    const isState = index >= given.length && index < given.length + states.length;
    return isState ? asState(call, value, body.inputs[index].elementType) : value;
  });
  body.inputs.forEach(({ name }, index) => {
    lowering.values.set(name, began[index]);
  });
  const ended = runBody(call, body).slice(given.length > 0 ? 1 : 0);
  const carried = states.map((_, index) => {
    const [before, after] = [began[given.length + index], ended[index]];
    if (after?.kind !== 'activation' || before.kind !== 'activation') return after;
    if (isShared(before) || isShared(after)) return after;
    return meet(call, before, after, 'states') ?? after;
  });
  return { carried, results: ended.slice(states.length) };
}

/** The results of all steps along a new axis. */
function stacked(value: Value | undefined, axis: number, steps: number): Value | undefined {
  if (value?.kind === 'constant') return sharedActivation(inserted(value.shape, axis, steps));
  if (value?.kind !== 'activation') return value;
  return { ...value, axes: inserted(value.axes, axis, positionAxis(steps)) };
}

function inserted<Item>(items: readonly Item[], axis: number, item: Item): Item[] {
  const at = normaliseAxis(axis, items.length + 1);
  return [...items.slice(0, at), item, ...items.slice(at)];
}

export function loop(call: OperatorCall): (Value | undefined)[] {
  const limit = call.maybe(0);
  const steps = limit?.kind === 'constant' ? limit.numbers?.[0] : undefined;
  const counters = [sharedActivation([]), sharedActivation([])];
  const states = call.inputs.slice(2).map((_, index) => call.input(2 + index));
  const { carried, results } = runLoop(call, call.program('body'), counters, states, []);
  const count = steps !== undefined && steps > 0 && steps <= 2 ** 20 ? steps : ASSUMED_STEPS;
  return [...carried, ...results.map((value) => stacked(value, 0, count))];
}

export function scan(call: OperatorCall): (Value | undefined)[] {
  const inputs = call.inputs.map((_, index) => call.input(index));
  const stateCount = inputs.length - call.number('num_scan_inputs', 1);
  const axes = call.numberList('scan_input_axes') ?? [];
  const lists = inputs.slice(stateCount);
  const axisOf = (value: Known, index: number) =>
    normaliseAxis(axes[index] ?? 0, shapeOfMovable(value).length);
  const [first] = lists;
  if (!first) throw new NotUnderstoodError('has nothing to go through');
  const steps = shapeOfMovable(first)[axisOf(first, 0)];
  const elements = lists.map((value, index) => element(value, axisOf(value, index)));
  const { carried, results } = runLoop(call, call.program('body'), [], inputs.slice(0, stateCount), elements);
  const outAxes = call.numberList('scan_output_axes') ?? [];
  return [...carried, ...results.map((value, index) => stacked(value, outAxes[index] ?? 0, steps))];
}

/** One of the values along an axis. */
function element(value: Known, axis: number): Known {
  const sizes = shapeOfMovable(value).filter((_, index) => index !== axis);
  if (value.kind === 'constant') return sharedActivation(sizes);
  if (value.kind !== 'activation') throw new NotUnderstoodError('goes through something other than data');
  if (hasChannels(value.axes[axis])) throw new NotUnderstoodError('goes through channels one by one');
  return reshape(somePositions(value, axis, 1), sizes);
}
