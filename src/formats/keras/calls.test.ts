import { describe, expect, it } from 'vitest';
import { type Argument, readWiring } from './calls';
import { Config, type Json } from './config';

/** A reference as "layer/call/result". */
function texts(argument: Argument): string[] {
  if (argument.kind === 'plain') return [JSON.stringify(argument.value)];
  if (argument.kind === 'list') return argument.items.flatMap(texts);
  return [`${argument.layer}/${argument.call}/${argument.result}`];
}

function wiring(config: Json, className = 'Functional') {
  const { calls, inputs, outputs } = readWiring(new Config(config), className, 'a test');
  return {
    calls: calls.map(({ layer, positional, named }) => {
      const byName = [...named].map(([name, argument]) => `${name}=${texts(argument)}`);
      return `${layer.name}(${[...positional.flatMap(texts), ...byName].join(', ')})`;
    }),
    inputs: inputs.flatMap(texts),
    outputs: outputs.flatMap(texts),
  };
}

const layer = (name: string, inbound_nodes: Json, class_name = 'Dense'): Json => ({
  class_name,
  name,
  config: { name, trainable: true },
  inbound_nodes,
});

const input = (name: string): Json => layer(name, [], 'InputLayer');

describe('a model of Keras 2', () => {
  it('lists the calls of each layer as [layer, call, result, named arguments]', () => {
    const layers = [
      input('x'),
      layer('a', [[['x', 0, 0, {}]]]),
      layer('add', [
        [
          ['x', 0, 0, {}],
          ['a', 0, 0, {}],
        ],
      ]),
      layer('attention', [[['add', 0, 0, { value: ['a', 0, 0], training: false }]]]),
    ];
    const config = { layers, input_layers: [['x', 0, 0]], output_layers: [['attention', 0, 0]] };
    expect(wiring(config)).toEqual({
      calls: ['a(x/0/0)', 'add(x/0/0, a/0/0)', 'attention(add/0/0, value=a/0/0, training=false)'],
      inputs: ['x/0/0'],
      outputs: ['attention/0/0'],
    });
  });

  it("counts the calls of a model within from 1, and TensorFlow's operations take numbers", () => {
    const layers = [
      input('x'),
      layer('inner', [[['x', 0, 0, {}]], [['scaled', 0, 0, {}]]], 'Functional'),
      layer('scaled', [['inner', 1, 0, { y: 0.5 }]], 'TFOpLambda'),
    ];
    const config = { layers, input_layers: [['x', 0, 0]], output_layers: [['inner', 2, 0]] };
    expect(wiring(config)).toEqual({
      calls: ['inner(x/0/0)', 'scaled(inner/0/0, y=0.5)', 'inner(scaled/0/0)'],
      inputs: ['x/0/0'],
      outputs: ['inner/1/0'],
    });
  });

  it('may put constants among the inputs', () => {
    const layers = [
      input('x'),
      layer('a', [
        [
          ['x', 0, 0, {}],
          ['_CONSTANT_VALUE', -1, 3, {}],
        ],
      ]),
    ];
    expect(wiring({ layers, input_layers: ['x', 0, 0], output_layers: ['a', 0, 0] }).calls).toEqual([
      'a(x/0/0, 3)',
    ]);
  });
});

describe('a model of Keras 3', () => {
  const tensor = (name: string, call = 0, result = 0): Json => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [name, call, result] },
  });
  const call = (args: Json[], kwargs: Json = {}): Json => ({ args, kwargs });

  it('lists arguments by place and by name, with lists of them', () => {
    const layers = [
      input('x'),
      layer('split', [call([tensor('x')])]),
      layer('join', [call([[tensor('split', 0, 1), tensor('x')]], { mask: null })]),
      layer('attend', [call([tensor('join')], { value: tensor('x'), axis: [1, 2] })]),
    ];
    expect(wiring({ layers, input_layers: ['x', 0, 0], output_layers: { out: ['attend', 0, 0] } })).toEqual({
      calls: [
        'split(x/0/0)',
        'join(split/0/1, x/0/0, mask=null)',
        'attend(join/0/0, value=x/0/0, axis=[1,2])',
      ],
      inputs: ['x/0/0'],
      outputs: ['attend/0/0'],
    });
  });

  it('is put into an order in which each call finds what it reads', () => {
    const layers = [
      input('x'),
      layer('last', [call([tensor('shared', 1)])]),
      layer('shared', [call([tensor('x')]), call([tensor('between')])]),
      layer('between', [call([tensor('shared')])]),
    ];
    expect(wiring({ layers, input_layers: ['x', 0, 0], output_layers: ['last', 0, 0] }).calls).toEqual([
      'shared(x/0/0)',
      'between(shared/0/0)',
      'shared(between/0/0)',
      'last(shared/1/0)',
    ]);
  });

  it('is refused where layers read one another in a circle, or what does not exist', () => {
    const circle = [input('x'), layer('a', [call([tensor('b')])]), layer('b', [call([tensor('a')])])];
    const config = { input_layers: ['x', 0, 0], output_layers: ['a', 0, 0] };
    expect(() => wiring({ ...config, layers: circle })).toThrow(
      /"b" reads something that no layer before it writes/,
    );
    expect(() => wiring({ ...config, layers: [input('x'), input('x')] })).toThrow(/the same name/);
  });
});

it('is a chain where the model is sequential', () => {
  const layers = [input('x'), layer('a', []), layer('b', [])];
  expect(wiring({ layers }, 'Sequential')).toEqual({
    calls: ['a(/0/0)', 'b(a/0/0)'],
    inputs: ['/0/0'],
    outputs: ['b/0/0'],
  });
});
