import { describe, expect, it } from 'vitest';
import type { Attribute, ModelFile, Operator, StoredTensor } from '../../formats';
import { lowerOnnx } from './lower-onnx';

const FLOAT = 1;

/** Real numbers from 1 on. */
function tensor(name: string, ...shape: number[]): StoredTensor {
  const elementCount = shape.reduce((total, size) => total * size, 1);
  const values = Float32Array.from({ length: elementCount }, (_, index) => index + 1);
  return { name, shape, type: 'float32', elementCount, storage: { kind: 'numbers', values } };
}

function integers(name: string, ...values: number[]): StoredTensor {
  const storage = { kind: 'numbers' as const, values };
  return { name, shape: [values.length], type: 'int64', elementCount: values.length, storage };
}

function operator(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Record<string, number | readonly number[]> = {},
): Operator {
  const entries = Object.entries(attributes).map(([name, value]): [string, Attribute] => [
    name,
    typeof value === 'number' ? { kind: 'number', value } : { kind: 'numbers', value },
  ]);
  return {
    ...{ name: `${type} of ${output}`, type, domain: '', inputs },
    outputs: [output],
    attributes: new Map(entries),
  };
}

/** The network of a program that reads `input`, of `shape`, and writes `output`. */
function lower(shape: readonly number[], operators: readonly Operator[], tensors: readonly StoredTensor[]) {
  const model: ModelFile = {
    ...{ format: 'onnx', fileName: 'test.onnx', byteLength: 0, metadata: new Map(), warnings: [] },
    tensors: new Map(tensors.map((stored) => [stored.name, stored])),
    program: {
      inputs: [{ name: 'input', shape, elementType: FLOAT }],
      outputs: [{ name: 'output', shape: undefined, elementType: FLOAT }],
      operators,
    },
  };
  return lowerOnnx(model);
}

describe('programs that no exporter writes', () => {
  it('names a Concat of nothing, and reads the rest', async () => {
    const { notUnderstood, layers } = await lower(
      [1, 4],
      [operator('Concat', [], 'nothing', { axis: 0 }), operator('MatMul', ['input', 'w'], 'output')],
      [tensor('w', 4, 3)],
    );
    expect(notUnderstood).toEqual([
      { operator: 'Concat of nothing', type: 'Concat', reason: 'joins nothing' },
    ]);
    expect(layers.map(({ operation }) => operation.kind)).toEqual(['input', 'linear']);
  });

  it.each([
    ['a table multiplied in for every channel and position', 'Mul', [4, 2, 2], /^differs from position/],
    ['slopes for every position that channels share', 'PRelu', [2, 2], /a slope for every position/],
  ])('reads on behind %s, which is on no edge', async (_, type, shape, reason) => {
    const { notUnderstood, constants, unplacedReasons, layers } = await lower(
      [1, 3, 2, 2],
      [
        operator('Conv', ['input', 'w'], 'hidden'),
        operator(type, ['hidden', 'table'], 'met'),
        operator('Conv', ['met', 'v'], 'output'),
      ],
      [tensor('w', 4, 3, 1, 1), tensor('table', ...shape), tensor('v', 2, 4, 1, 1)],
    );
    expect(notUnderstood).toEqual([]);
    expect(constants.has('table')).toBe(false);
    expect(unplacedReasons.get('table')).toMatch(reason);
    expect(layers.map(({ operation }) => operation.kind)).toEqual(['input', 'conv', 'conv']);
  });

  it.each([
    ['Conv', 1.5, [3, 3, 1, 1], 'has a group of 1.5'],
    ['ConvTranspose', 1.5, [3, 3, 1, 1], 'has a group of 1.5'],
    ['ConvTranspose', 1, [3, 1.25, 1, 1], 'writes 1.25 channels'],
  ])('names %s with %d groups and a weight of %o', async (type, group, shape, reason) => {
    const operators = [operator(type, ['input', 'w'], 'output', { group })];
    const { notUnderstood } = await lower([1, 3, 4, 4], operators, [tensor('w', ...shape)]);
    expect(notUnderstood).toEqual([{ operator: `${type} of output`, type, reason }]);
  });

  it('keeps the order of channels that an operator reads which is not understood', async () => {
    const { notUnderstood, orderings, channelSets } = await lower(
      [1, 4],
      [operator('MatMul', ['input', 'w'], 'hidden'), operator('Fancy', ['hidden'], 'output')],
      [tensor('w', 4, 3)],
    );
    expect(notUnderstood.map(({ reason }) => reason)).toEqual(['Fancy is not read yet']);
    const { first } = channelSets[1];
    expect(orderings).toEqual([{ channels: Int32Array.of(first, first + 1, first + 2), run: 3 }]);
  });

  it('says which input has a shape that cannot be', async () => {
    const { notUnderstood, unplacedReasons } = await lower(
      [1, 2.5],
      [operator('MatMul', ['input', 'w'], 'output')],
      [tensor('w', 2, 3)],
    );
    expect(notUnderstood).toEqual([]);
    expect(unplacedReasons.get('w')).toBe('input "input" has the shape 1×2.5');
  });

  it('counts along constants', async () => {
    const { channelSets } = await lower(
      [1, 6, 4],
      [
        operator('CumSum', ['ones', 'axis'], 'places'),
        operator('Gather', ['input', 'places'], 'some', { axis: 1 }),
        operator('MatMul', ['some', 'w'], 'output'),
      ],
      [integers('ones', 1, 1, 1), integers('axis', 0), tensor('w', 4, 3)],
    );
    expect(channelSets.at(-1)?.positions).toBe(3);
  });
});

describe('names of layers', () => {
  it.each([
    ['fc1.weight', 'fc1'],
    ['dense/kernel:0', 'dense'],
    ['block/depthwise_kernel:0', 'block'],
    ['gru/recurrent_kernel', 'gru'],
    ['tokens/embeddings', 'tokens'],
    ['vit.embeddings.position_embeddings', 'vit.embeddings.position_embeddings'],
    ['prelu/alpha', 'prelu'],
    ['norm.beta', 'norm'],
    ['weight', 'weight'],
  ])('%s belongs to %s', async (name, layer) => {
    const { layers } = await lower(
      [1, 4],
      [operator('MatMul', ['input', name], 'output')],
      [tensor(name, 4, 3)],
    );
    expect(layers.at(-1)?.name).toBe(layer);
  });
});
