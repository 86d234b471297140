/**
 * Recurrent layers. Keras keeps the gates of all units behind one another along the last axis; ONNX wants them along the
 * first, each direction for itself, and in an order of its own.
 */

import type { Flow } from '../../program-builder';
import { Config, entry } from '../config';
import { type Layer, NotTranslatedError, type Translation } from './layer';

interface Kind {
  /** ONNX's operator. */
  readonly type: 'LSTM' | 'GRU' | 'RNN';
  /** Where each of ONNX's gates is among Keras's. */
  readonly gates: readonly number[];
}

/** Keras: input, forget, cell, output; ONNX: input, output, forget, cell. The gates of a GRU agree. */
const LSTM: Kind = { type: 'LSTM', gates: [0, 3, 1, 2] };
const GRU: Kind = { type: 'GRU', gates: [0, 1, 2] };
const SIMPLE: Kind = { type: 'RNN', gates: [0] };

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['LSTM', LSTM],
  ['GRU', GRU],
  ['SimpleRNN', SIMPLE],
  ['LSTMCell', LSTM],
  ['GRUCell', GRU],
  ['SimpleRNNCell', SIMPLE],
]);

/** [gates · units, …], with the gates in ONNX's order. */
function inOrder(layer: Layer, value: Flow, { gates }: Kind, units: number): Flow {
  if (gates.every((gate, index) => gate === index)) return value;
  const parts = gates.map((gate) =>
    layer.add('Slice', [value], value.rank, {
      starts: [gate * units],
      ends: [(gate + 1) * units],
      axes: [0],
    }),
  );
  return layer.add('Concat', parts, value.rank, { axis: 0 });
}

/** [in, gates · units] to [1 direction, gates · units, in]. */
function weightOf(layer: Layer, kernel: string, kind: Kind, units: number): Flow {
  const turned = inOrder(layer, layer.permute(kernel, [1, 0]), kind, units);
  return layer.add('Unsqueeze', [turned], 3, { axes: [0] });
}

/** [1 direction, biases of the input's gates, then of the units' own]; where a layer has the first alone, the others are 0. */
function biasOf(layer: Layer, bias: string, count: number, kind: Kind, units: number): Flow {
  const size = kind.gates.length * units;
  const flat = layer.reshape(bias, [count]);
  const half = (start: number) => {
    const part =
      count === size
        ? flat
        : layer.add('Slice', [flat], 1, { starts: [start], ends: [start + size], axes: [0] });
    return inOrder(layer, part, kind, units);
  };
  if (count !== size && count !== 2 * size) throw new NotTranslatedError('has a bias of an unexpected size');
  const zeros = () => layer.add('Constant', [], 1, { value_floats: new Array<number>(size).fill(0) });
  const both = layer.add('Concat', [half(0), count === size ? zeros() : half(size)], 1, { axis: 0 });
  return layer.add('Unsqueeze', [both], 2, { axes: [0] });
}

/** A layer of one kind of unit; `cell` is the configuration of its units, where that is apart from its own. */
function runUnits(layer: Layer, kind: Kind, cell: Config): Flow[] {
  const { config, input } = layer;
  if (input.rank !== 3) throw new NotTranslatedError(`reads ${input.rank} axes where 3 are expected`);
  const hasBias = cell.flag('use_bias', true);
  const names = ['kernel', 'recurrent_kernel', hasBias && 'bias'];
  const [kernel, recurrentKernel, bias] = layer.tensors(names, layer.scope.part('cell'));
  const units = recurrentKernel?.shape[0] ?? 0;
  const size = kind.gates.length * units;
  if (!kernel || !recurrentKernel || kernel.shape[1] !== size || recurrentKernel.shape[1] !== size) {
    throw new NotTranslatedError('has kernels of unexpected shapes');
  }
  const stored = (tensor: typeof kernel) => layer.builder.tensor(tensor);
  const steps = layer.permute(input, [1, 0, 2]);
  const [hidden, memory] = startingStates(layer);
  const inputs = [
    steps,
    weightOf(layer, stored(kernel), kind, units),
    weightOf(layer, stored(recurrentKernel), kind, units),
    bias ? biasOf(layer, stored(bias), bias.elementCount, kind, units) : '',
    '',
    hidden,
    memory,
  ];
  const ranks = kind.type === 'LSTM' ? [4, 3, 3] : [4, 3];
  const [all, ...last] = layer.builder.addMany(layer.path, kind.type, inputs, ranks, {
    hidden_size: units,
    direction: config.flag('go_backwards', false) ? 'reverse' : 'forward',
    linear_before_reset: kind.type === 'GRU' && bias?.shape.length === 2 ? 1 : undefined,
    activations: activationsOf(cell, kind),
  });
  const lastStates = last.map((state) => layer.add('Squeeze', [state], 2, { axes: [0] }));
  const output = config.flag('return_sequences', false)
    ? layer.permute(layer.add('Squeeze', [all], 3, { axes: [1] }), [1, 0, 2])
    : lastStates[0];
  return config.flag('return_state', false) ? [output, ...lastStates] : [output];
}

/** States that another layer gives to begin with, as [1 direction, batch, units]. */
function startingStates(layer: Layer): (Flow | string)[] {
  const value = layer.named.get('initial_state');
  const given = value && 'items' in value ? value.items : [];
  const flows = [...layer.inputs.slice(1), ...given.filter((one): one is Flow => 'rank' in one)];
  const states = flows.map((state) => layer.add('Unsqueeze', [state], 3, { axes: [0] }));
  return [states[0] ?? '', states[1] ?? ''];
}

const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
  ['tanh', 'Tanh'],
  ['relu', 'Relu'],
  ['sigmoid', 'Sigmoid'],
  ['hard_sigmoid', 'HardSigmoid'],
  ['softsign', 'Softsign'],
  ['softplus', 'Softplus'],
  ['elu', 'Elu'],
]);

/** For ONNX: of the gates, of the cell, of the output; undefined where they are the usual ones. */
function activationsOf(cell: Config, { type }: Kind): string[] | undefined {
  const nameOf = (name: string, usual: string) => {
    const json = cell.get(name);
    const given = typeof json === 'string' ? json : entry(json, 'config');
    return ACTIVATIONS.get(typeof given === 'string' ? given : usual) ?? 'Tanh';
  };
  const [gates, own] = [nameOf('recurrent_activation', 'sigmoid'), nameOf('activation', 'tanh')];
  if (own === 'Tanh' && (type === 'RNN' || gates === 'Sigmoid')) return undefined;
  return { RNN: [own], GRU: [gates, own], LSTM: [gates, own, own] }[type];
}

const units =
  (kind: Kind): Translation =>
  (layer) =>
    runUnits(layer, kind, layer.config);

/** A layer that is told what units to use. */
const cells: Translation = (layer) => {
  const json = layer.config.get('cell');
  const kind = KINDS.get(String(entry(json, 'class_name') ?? ''));
  if (!kind) throw new NotTranslatedError('has units of a kind that is not known');
  return runUnits(layer, kind, new Config(entry(json, 'config')));
};

export const RECURRENT: readonly (readonly [string, Translation])[] = [
  ['LSTM', units(LSTM)],
  ['GRU', units(GRU)],
  ['SimpleRNN', units(SIMPLE)],
  ['CuDNNLSTM', units(LSTM)],
  ['CuDNNGRU', units(GRU)],
  ['RNN', cells],
];
