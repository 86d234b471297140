/** Activation functions: as layers, and as arguments of other layers. */

import type { Attributes, Flow } from '../../program-builder';
import { Config, entry, type Json } from '../config';
import { type Layer, NotTranslatedError, type Translation } from './layer';

const OPERATORS: ReadonlyMap<string, readonly [type: string, attributes?: Attributes]> = new Map<
  string,
  readonly [string, Attributes?]
>([
  ['relu', ['Relu']],
  ['relu6', ['Clip', { min: 0, max: 6 }]],
  ['leaky_relu', ['LeakyRelu', { alpha: 0.2 }]],
  ['elu', ['Elu']],
  ['celu', ['Celu']],
  ['selu', ['Selu']],
  ['gelu', ['Gelu']],
  ['silu', ['Swish']],
  ['swish', ['Swish']],
  ['mish', ['Mish']],
  ['hard_silu', ['HardSwish']],
  ['hard_swish', ['HardSwish']],
  ['sigmoid', ['Sigmoid']],
  ['log_sigmoid', ['Sigmoid']],
  ['hard_sigmoid', ['HardSigmoid', { alpha: 1 / 6 }]],
  ['tanh', ['Tanh']],
  ['hard_tanh', ['Clip', { min: -1, max: 1 }]],
  ['softplus', ['Softplus']],
  ['softsign', ['Softsign']],
  ['soft_sign', ['Softsign']],
  ['exponential', ['Exp']],
  ['softmax', ['Softmax']],
  ['log_softmax', ['LogSoftmax']],
]);

/** The name of the function that an argument holds: itself, or an object that says what it is. */
function nameOf(json: Json | undefined): string {
  if (typeof json === 'string') return json;
  const config = entry(json, 'config');
  const className = entry(json, 'class_name');
  if (typeof config === 'string') return config;
  return typeof className === 'string' ? className : '';
}

/** "LeakyReLU", as a layer in the place of a function. */
const LAYERS: ReadonlyMap<string, string> = new Map([
  ['ReLU', 'relu'],
  ['LeakyReLU', 'leaky_relu'],
  ['ELU', 'elu'],
  ['Softmax', 'softmax'],
  ['PReLU', 'leaky_relu'],
]);

/** Applies the function that the argument `name` of a layer holds. Functions of one's own change no channels: a warning. */
export function activate(layer: Layer, flow: Flow, name = 'activation'): Flow {
  const json = layer.config.get(name);
  const given = nameOf(json);
  const known = LAYERS.get(given) ?? given;
  if (known === '' || known === 'linear') return flow;
  if (given === 'ReLU') return rectify(layer, flow, new Config(entry(json, 'config')));
  if (given === 'LeakyReLU') return sloped(layer, flow, new Config(entry(json, 'config')));
  return apply(layer, flow, known);
}

export function apply(layer: Layer, flow: Flow, name: string): Flow {
  const operator = OPERATORS.get(name);
  if (operator) return layer.add(operator[0], [flow], flow.rank, operator[1]);
  if (name === 'glu') throw new NotTranslatedError('applies "glu"');
  layer.builder.warnings.push(
    `The activation function "${name.slice(0, 80)}" of layer "${layer.path}" is not known; it is taken to change each number by itself.`,
  );
  return flow;
}

/** ReLU with a bound, a slope for what is negative, a threshold. */
function rectify(layer: Layer, flow: Flow, config: Config): Flow {
  const slope = config.number('negative_slope', config.number('alpha', 0));
  if (slope !== 0) return layer.add('LeakyRelu', [flow], flow.rank, { alpha: slope });
  const max = config.get('max_value');
  return typeof max === 'number'
    ? layer.add('Clip', [flow], flow.rank, { min: 0, max })
    : layer.add('Relu', [flow], flow.rank);
}

/** The layer's slope is another than the function's, where neither is given. */
const sloped = (layer: Layer, flow: Flow, config: Config): Flow =>
  layer.add('LeakyRelu', [flow], flow.rank, {
    alpha: config.number('negative_slope', config.number('alpha', 0.3)),
  });

/** PReLU: the slopes are weights, broadcast from the last axes. */
const parametric: Translation = (layer) => {
  const { input } = layer;
  return [layer.add('PRelu', [input, ...layer.weights(['alpha'])], input.rank)];
};

const named =
  (name: string): Translation =>
  (layer) => [apply(layer, layer.input, name)];

export const ACTIVATIONS: readonly (readonly [string, Translation])[] = [
  ['Activation', (layer) => [activate(layer, layer.input)]],
  ['ReLU', (layer) => [rectify(layer, layer.input, layer.config)]],
  ['PReLU', parametric],
  ['LeakyReLU', (layer) => [sloped(layer, layer.input, layer.config)]],
  [
    'ELU',
    (layer) => [
      layer.add('Elu', [layer.input], layer.input.rank, { alpha: layer.config.number('alpha', 1) }),
    ],
  ],
  ['ThresholdedReLU', named('relu')],
  ['Softmax', named('softmax')],
];
