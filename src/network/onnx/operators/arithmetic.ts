/**
 * Operators that join values element by element: sums, products, comparisons, choices.
 */
import {
  type Activation,
  isShared,
  NotUnderstoodError,
  shapeOf,
  sharedActivation,
  withAxes,
} from '../../activation';
import type { Constant } from '../../constant';
import { pair } from '../../pairing';
import { allChannels, sameChannels } from '../../reading';
import type { Known, Value } from '../lowering';
import type { OperatorCall } from '../operator-call';
import { broadcastShape, foldElementwise, isParameter } from './constants';
import { dataAlong } from './embedding';
import { meetScores } from './head-meetings';
import { applyConstant } from './parameters';
import { meetOwnStatistic, meetShared } from './shared';

/** x · f(x) has a name of its own. */
const SELF_GATED: ReadonlyMap<string, string> = new Map([
  ['sigmoid', 'silu'],
  ['hardSigmoid', 'hardSwish'],
  ['relu6', 'hardSwish'],
  ['erf', 'gelu'],
  ['tanh', 'gelu'],
  ['softplus', 'mish'],
]);

/** Add, Sub, Mul, Div and their relatives, of two values or more. */
export function arithmetic(call: OperatorCall): Value[] {
  let result: Known = call.input(0);
  for (let index = 1; index < call.inputs.length; index++) result = combine(call, result, call.input(index));
  return [result];
}

function combine(call: OperatorCall, a: Known, b: Known): Known {
  const { type } = call.operator;
  if (a.kind === 'sequence' || b.kind === 'sequence') throw new NotUnderstoodError('joins lists');
  if (a.kind === 'constant' && b.kind === 'constant') {
    if (type !== 'Add' || !isTableWith(a, b)) return foldElementwise(call, [a, b]);
    return applyConstant(call, dataAlong(call, a, a.shape.length - 1), b);
  }
  if (a.kind === 'scores') return meetScores(call, a, b, type);
  if (b.kind === 'scores') return meetScores(call, b, a, type);
  if (a.kind === 'constant') return applyConstant(call, b as Activation, a);
  if (b.kind === 'constant') return applyConstant(call, a, b);
  return combineActivations(call, a, b, type);
}

/** A table of data (places, say) whose features a bias is added to. */
const isTableWith = (table: Constant, bias: Constant) =>
  table.shape.length > 2 && bias.shape.length === 1 && isParameter(table) && isParameter(bias);

/** Two activations meet; the younger one's channels stand for the result. */
export function combineActivations(
  call: OperatorCall,
  a: Activation,
  b: Activation,
  type: string,
): Activation {
  const { lowering, operator } = call;
  if (isShared(a) && isShared(b)) {
    const { axes } = sharedActivation(broadcastShape(shapeOf(a), shapeOf(b)));
    return { ...withAxes(a, axes), statistic: a.statistic ?? b.statistic };
  }
  if (isShared(a)) return meetShared(call, b, a, type);
  if (isShared(b)) return meetShared(call, a, b, type);
  const isSameShape = shapeOf(a).join() === shapeOf(b).join();
  if (isSameShape && sameChannels(a, b)) {
    if (type === 'Mul') {
      for (const set of lowering.setsOf(a.channels)) {
        set.activation = SELF_GATED.get(set.activation) ?? set.activation;
      }
    }
    return { ...a, pendingNorm: undefined };
  }
  if (!isSameShape && (a.statistic ?? b.statistic) === 'positions' && sameChannels(a, b)) {
    return meetOwnStatistic(a.statistic ? b : a, type);
  }
  // What turns channels into one another are sines and cosines: not learned.
  if (a.modulators && b.modulators)
    for (const table of [...a.modulators, ...b.modulators]) lowering.markConstant(table);
  // Halves that rotate into one another: their order is known already.
  if (isSameShape && a.isModulated && b.isModulated && holdsSame(a, b)) return a;
  const youngest = ({ channels }: Activation) =>
    channels.reduce((most, channel) => Math.max(most, channel), -1);
  const meeting = pair(a, b, youngest(a) > youngest(b) ? 'first' : 'second');
  const [from, to] =
    meeting.keeps === 'first' ? [meeting.second, meeting.first] : [meeting.first, meeting.second];
  const distinct = from.map((channel, index) => (channel === to[index] ? 0 : 1));
  const sources = from.filter((_, index) => distinct[index]);
  const targets = to.filter((_, index) => distinct[index]);
  const kind = type === 'Mul' || type === 'Div' ? 'gate' : 'sum';
  if (sources.length > 0) lowering.addLayer(operator.name.replace(/^\//, ''), { kind, sources, targets });
  return meeting.result;
}

function holdsSame(a: Activation, b: Activation): boolean {
  const [first, second] = [allChannels(a).sort(), allChannels(b).sort()];
  return first.length === second.length && first.every((channel, index) => channel === second[index]);
}

/** Where: masks, or chooses between two branches, whose channels then belong together as in a sum. */
export function where(call: OperatorCall): Value[] {
  const [condition, ...choices] = [call.input(0), call.input(1), call.input(2)];
  const constants = [condition, ...choices].filter((value) => value.kind === 'constant');
  if (constants.length === 3) return [foldElementwise(call, constants)];
  for (const constant of constants) call.lowering.markConstant(constant);
  const data = choices.filter((value) => value.kind !== 'constant');
  if (data.length === 0) {
    const sizes = [condition, ...choices].map((value) => sizesOf(value));
    return [sharedActivation(sizes.reduce(broadcastShape))];
  }
  const scores = data.find((value) => value.kind === 'scores');
  if (scores) return [scores];
  const activations = data.filter((value) => value.kind === 'activation');
  const [first, second] = activations;
  if (activations.length < data.length) throw new NotUnderstoodError('chooses between lists');
  return [second ? combineActivations(call, first, second, 'Where') : first];
}

function sizesOf(value: Known): readonly number[] {
  if (value.kind === 'constant') return (value as Constant).shape;
  if (value.kind === 'activation') return shapeOf(value);
  throw new NotUnderstoodError('chooses by attention scores');
}
