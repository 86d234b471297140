/** Operators on every element: arithmetic, activation functions, comparisons, reductions. */
import { type TfliteCall, UntranslatableError } from '../program';

type Translate = (call: TfliteCall) => void | Promise<void>;

const allInputs = (call: TfliteCall) => call.inputs.map((_, index) => call.input(index));

/** The same operator in ONNX, with an activation function fused to it if its options have that as `fusedField`. */
export const same =
  (type: string, fusedField?: number): Translate =>
  (call) =>
    call.write(type, allInputs(call), {}, fusedField === undefined ? 0 : call.int8(fusedField));

/** One ONNX operator after the other. */
export const inSteps =
  (...types: readonly string[]): Translate =>
  (call) => {
    const last = types[types.length - 1];
    let inputs = allInputs(call);
    for (const type of types.slice(0, -1)) inputs = [call.add(type, inputs)];
    call.write(last, inputs);
  };

export const clip =
  (least: number, most: number): Translate =>
  (call) =>
    call.write('Clip', call.clip(call.input(0), least, most));

export const square: Translate = (call) => call.write('Mul', [call.input(0), call.input(0)]);

export const squaredDifference: Translate = (call) => {
  const difference = call.add('Sub', [call.input(0), call.input(1)]);
  call.write('Mul', [difference, difference]);
};

export const leakyRelu: Translate = (call) =>
  call.write('LeakyRelu', [call.input(0)], { alpha: call.float32(0) });

export const gelu: Translate = (call) =>
  call.write('Gelu', [call.input(0)], { approximate: call.flag(0) ? 'tanh' : 'none' });

/** Over the last axis; beta is a factor of the exponents. */
export const softmax: Translate = (call) => {
  const beta = call.float32(0);
  const value = beta === 1 ? call.input(0) : call.add('Mul', [call.input(0), call.scalar(beta)]);
  call.write('Softmax', [value], { axis: -1 });
};

export const logSoftmax: Translate = (call) => call.write('LogSoftmax', [call.input(0)], { axis: -1 });

export const l2Normalization: Translate = (call) =>
  call.write('LpNormalization', [call.input(0)], { axis: -1, p: 2 }, call.int8(0));

export const localResponseNormalization: Translate = (call) => {
  const size = 2 * call.int32(0) + 1;
  const attributes = {
    size,
    bias: call.float32(1),
    alpha: call.float32(2) * size, // ONNX divides it by the size
    beta: call.float32(3),
  };
  call.writeChannelsLast(call.add('LRN', [call.channelsFirst(call.input(0), 4)], attributes), 4);
};

/** Values between real numbers and their integers: here values are real already. */
export const identity: Translate = (call) => call.write('Identity', [call.input(0)]);

/** ONNX's numbers of element types, where a cast changes what a value means. */
const CASTS = new Map([
  ['bool', 9],
  ['int32', 6],
  ['int64', 7],
]);

export const cast: Translate = (call) => {
  const to = CASTS.get(call.output.typeName) ?? 1;
  call.write('Cast', [call.input(0)], { to });
};

export const notEqual: Translate = (call) =>
  call.write('Not', [call.add('Equal', [call.input(0), call.input(1)])]);

export const select: Translate = (call) => call.write('Where', [call.input(0), call.input(1), call.input(2)]);

/** Axes are the second input. */
export const reduction =
  (type: string): Translate =>
  async (call) => {
    const axes = await call.integers(1);
    if (axes.length === 0) throw new UntranslatableError('reduces no axis');
    call.write(type, [call.input(0), call.list(axes)], { keepdims: call.flag(0) ? 1 : 0 });
  };

/** The place of the largest or smallest element along an axis, the second input. */
export const argument =
  (type: string): Translate =>
  async (call) => {
    const [axis] = await call.integers(1);
    call.write(type, [call.input(0)], { axis, keepdims: 0 });
  };
