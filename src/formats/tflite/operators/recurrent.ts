/** Recurrent layers. Each gate has weights of its own here; ONNX has those of all gates in one tensor. */

import type { Attributes } from '../../program-builder';
import { type TfliteCall, UntranslatableError } from '../program';
import { FUSED } from '../schema';

interface Recurrent {
  readonly type: 'LSTM' | 'RNN';
  /** Inputs with the weights and biases of the gates, in ONNX's order. */
  readonly weights: readonly number[];
  readonly recurrent: readonly number[];
  readonly biases: readonly number[];
  readonly isTimeMajor: boolean;
}

/** ONNX has time first, and an axis for directions. */
function write(call: TfliteCall, layer: Recurrent, attributes: Attributes): void {
  const [hidden] = call.shape(layer.recurrent[0]);
  if (!(hidden >= 1)) throw new UntranslatableError('has no units');
  const joined = (inputs: readonly string[]) => {
    const all = inputs.length > 1 ? call.add('Concat', inputs, { axis: 0 }) : inputs[0];
    return call.add('Unsqueeze', [all, call.list([0])]);
  };
  const gates = (indices: readonly number[]) => indices.map((index) => call.input(index));
  const swapped = (value: string) => (layer.isTimeMajor ? value : call.transpose(value, [1, 0, 2]));
  const inputs = [swapped(call.input(0)), joined(gates(layer.weights)), joined(gates(layer.recurrent))];
  if (layer.biases.every((index) => call.has(index))) {
    // ONNX adds two biases; there is one here.
    const none = call.add('Constant', [], { value_floats: Array(layer.biases.length * hidden).fill(0) });
    inputs.push(joined([...gates(layer.biases), none]));
  }
  const all = call.add(layer.type, inputs, { hidden_size: hidden, ...attributes });
  const axes = call.list([1]);
  if (layer.isTimeMajor) call.write('Squeeze', [all, axes]);
  else call.write('Transpose', [call.add('Squeeze', [all, axes])], { perm: [1, 0, 2] });
}

/** Inputs by number: gates are input, forget, cell, output. */
export function unidirectionalLstm(call: TfliteCall): void {
  const unread: readonly (readonly [string, readonly number[]])[] = [
    ['cells that gates look at', [9, 10, 11]],
    ['a projection of its results', [16, 17]],
    ['norms within', [20, 21, 22, 23]],
  ];
  for (const [what, indices] of unread) {
    if (indices.some((index) => call.has(index))) throw new UntranslatableError(`has ${what}`);
  }
  if (!call.has(1)) throw new UntranslatableError('couples its input gate to the forget gate');
  if (FUSED[call.int8(0)] !== 'TANH' || call.float32(1) !== 0) {
    throw new UntranslatableError('has cells with another activation function than tanh, or limits');
  }
  const layer = {
    type: 'LSTM',
    weights: [1, 4, 2, 3],
    recurrent: [5, 8, 6, 7],
    biases: [12, 15, 13, 14],
    isTimeMajor: call.flag(3),
  } as const;
  write(call, layer, {});
}

const ACTIVATIONS = new Map<string | undefined, string>([
  ['TANH', 'Tanh'],
  ['RELU', 'Relu'],
]);

export function unidirectionalRnn(call: TfliteCall): void {
  const activation = ACTIVATIONS.get(FUSED[call.int8(1)]);
  if (!activation) throw new UntranslatableError('has an unusual activation function');
  const layer = {
    type: 'RNN',
    weights: [1],
    recurrent: [2],
    biases: [3],
    isTimeMajor: call.flag(0),
  } as const;
  write(call, layer, { activations: [activation] });
}
