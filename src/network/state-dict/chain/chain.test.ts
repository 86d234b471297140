import { describe, expect, it } from 'vitest';
import type { ParameterGraph } from '../../../graph';
import { inferred, ofShapes, type Shapes, stateDict } from '../testing';

const infer = (shapes: Shapes, more = {}) => inferred(stateDict(ofShapes(shapes), more));

/** Names of the layers that write channels, in order, without the input. */
const weightsOf = (graph: ParameterGraph) =>
  graph.blocks.flatMap(({ kind, tensorName }) => (/Weight$/.test(kind) ? [tensorName] : []));

/** For each norm parameter the weight whose channels it is fed into. */
function normsOf(graph: ParameterGraph): Record<string, string | undefined> {
  const writer = new Map(
    graph.blocks.flatMap(({ kind, target, tensorName }) =>
      /Weight$/.test(kind) ? [[target, tensorName] as const] : [],
    ),
  );
  return Object.fromEntries(
    graph.blocks.flatMap(({ kind, target, tensorName }) =>
      kind === 'normScale' || kind === 'scale' ? [[tensorName, writer.get(target) ?? 'input']] : [],
    ),
  );
}

const batchNorm = (name: string, count: number): Shapes =>
  Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [count]]),
  );

describe('the order of a chain', () => {
  it('counts numbers as numbers', async () => {
    const shapes = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`layers.${index}.weight`, [index + 3, index + 2]]),
    );
    const { graph } = await infer(shapes);
    expect(weightsOf(graph)).toEqual(Object.keys(shapes));
    expect(graph.parameters.placed).toBe(graph.parameters.all);
  });

  it('is that of the file, if the file has an order of its own', async () => {
    const shapes = { 'b.weight': [4, 4], 'a.weight': [4, 4], 'c.weight': [2, 4] };
    expect(weightsOf((await infer(shapes)).graph)).toEqual(['b.weight', 'a.weight', 'c.weight']);
  });

  it('exchanges parts before it tears them apart', async () => {
    const { graph, network } = await infer({
      'decoder.0.weight': [4, 3],
      'decoder.2.weight': [2, 4],
      'encoder.0.weight': [5, 6],
      'encoder.2.weight': [3, 5],
    });
    const order = ['encoder.0', 'encoder.2', 'decoder.0', 'decoder.2'];
    expect(weightsOf(graph)).toEqual(order.map((name) => `${name}.weight`));
    expect(network.inference?.assumptions.join()).toMatch(/with the parts exchanged/);
  });

  it('is looked for where no name helps', async () => {
    const { graph, network } = await infer({ 'x.weight': [2, 5], 'y.weight': [7, 3], 'z.weight': [5, 7] });
    expect(weightsOf(graph)).toEqual(['y.weight', 'z.weight', 'x.weight']);
    expect(network.inference?.assumptions.join()).toMatch(/there may be others/);
  });

  it('is refused where there is none', async () => {
    await expect(infer({ 'a.weight': [2, 3], 'b.weight': [5, 7] })).rejects.toThrow(
      /fit no single chain of layers \(network\.pt\)\. Export the network as ONNX/,
    );
    await expect(infer({ table: [7] })).rejects.toThrow(/holds no weight matrices/);
  });

  it('is found, or given up, in bounded time', async () => {
    // Every layer follows every other one, except that nothing reads what the last writes.
    const shapes = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`l${index}.weight`, index === 20 ? [3, 3] : [4, 4]]),
    );
    const start = performance.now();
    await expect(infer(shapes)).rejects.toThrow(/no single chain/);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('norms and slopes', () => {
  it('follow the layer with their number', async () => {
    const { graph } = await infer({
      ...batchNorm('bn1', 4),
      ...batchNorm('bn2', 4),
      'conv1.weight': [4, 3, 3, 3],
      'conv2.weight': [4, 4, 3, 3],
      'fc.weight': [2, 4],
    });
    expect(normsOf(graph)).toEqual({ 'bn1.weight': 'conv1.weight', 'bn2.weight': 'conv2.weight' });
    expect(graph.unplaced).toEqual([]);
  });

  it('follow the layer before them in a Sequential', async () => {
    const { graph } = await infer({
      '0.weight': [4, 3],
      '1.weight': [4],
      '1.bias': [4],
      '3.weight': [4, 4],
      '4.weight': [4],
      '4.bias': [4],
      '6.weight': [2, 4],
    });
    expect(normsOf(graph)).toEqual({ '1.weight': '0.weight', '4.weight': '3.weight' });
  });

  it('belong to the input if they can belong to nothing else', async () => {
    const { graph } = await infer({ ...batchNorm('norm', 3), 'fc1.weight': [5, 3], 'fc2.weight': [2, 5] });
    expect(normsOf(graph)).toEqual({ 'norm.weight': 'input' });
  });

  it('may be two for one layer, the second at the end of its block', async () => {
    const { graph } = await infer({
      'block.conv.weight': [4, 3, 3, 3],
      ...batchNorm('block.bn', 4),
      ...batchNorm('block.out', 4),
    });
    expect(normsOf(graph)).toEqual({
      'block.bn.weight': 'block.conv.weight',
      'block.out.weight': 'block.conv.weight',
    });
  });

  it('are the slopes of PReLU where there is one vector, called like an activation', async () => {
    const { graph } = await infer({ 'fc1.weight': [5, 3], 'prelu1.weight': [5], 'fc2.weight': [2, 5] });
    expect(normsOf(graph)).toEqual({ 'prelu1.weight': 'fc1.weight' });
    expect(graph.groups.find(({ count }) => count === 5)?.activation).toBe('leakyRelu');
  });

  it('are not made of vectors that are called otherwise', async () => {
    const { graph } = await infer({
      'fc1.weight': [5, 3],
      'fc2.weight': [2, 5],
      temperature: [1],
      offset: [5],
    });
    expect(graph.unplaced.map(({ name }) => name)).toEqual(['temperature', 'offset']);
  });

  it('are reported where they fit nowhere', async () => {
    const { graph } = await infer({
      'fc1.weight': [5, 3],
      'fc2.weight': [2, 5],
      'odd.weight': [9],
      'odd.bias': [9],
    });
    expect(graph.unplaced).toEqual([
      {
        name: 'odd.weight',
        elementCount: 9,
        reason: 'belongs to "odd", which fits no layer by its name or length',
      },
      {
        name: 'odd.bias',
        elementCount: 9,
        reason: 'belongs to "odd", which fits no layer by its name or length',
      },
    ]);
    expect(graph.parameters).toEqual({ placed: 25, all: 43 });
  });
});

describe('weights in a chain', () => {
  it('may have other names', async () => {
    const { graph } = await infer({ 'c.kernel': [4, 3, 3, 3], 'c.b': [4], 'f.W': [2, 4], 'f.b': [2] });
    expect(graph.parameters).toEqual({ placed: 122, all: 122 });
    expect(graph.blocks.map(({ kind }) => kind)).toEqual(['convWeight', 'bias', 'linearWeight', 'bias']);
  });
});

describe('pictures in a chain', () => {
  const sides = (graph: ParameterGraph) =>
    graph.groups.flatMap(({ kind, positions }) =>
      kind === 'channel' || kind === 'input' ? [Math.sqrt(positions)] : [],
    );

  it('have a size from which the flattened pixels come', async () => {
    const { graph, network } = await infer({
      'conv1.weight': [6, 1, 5, 5],
      'conv2.weight': [16, 6, 5, 5],
      'fc1.weight': [120, 256],
      'fc2.weight': [10, 120],
    });
    expect(sides(graph)).toEqual([28, 24, 8]);
    expect(graph.blocks.find(({ tensorName }) => tensorName === 'fc1.weight')?.tapShape).toEqual([4, 4]);
    expect(network.inference?.assumptions.join()).toMatch(/28×28.*4×4 pixels/);
  });

  it('are pooled where a Sequential leaves out two numbers', async () => {
    const { graph } = await infer({
      '0.weight': [4, 3, 3, 3],
      '2.weight': [4, 4, 3, 3],
      '5.weight': [4, 4, 3, 3],
      '9.weight': [10, 4 * 8 * 8],
    });
    expect(graph.groups.filter(({ kind }) => kind === 'channel').map(({ pool }) => pool)).toEqual([
      'none',
      'max',
      'max',
    ]);
  });

  it('are averaged where nothing usual fits', async () => {
    const { graph, network } = await infer({ 'c.weight': [4, 3, 3, 3], 'f.weight': [2, 4 * 35] });
    expect(graph.blocks.find(({ tensorName }) => tensorName === 'f.weight')?.tapShape).toEqual([5, 7]);
    expect(network.inference?.assumptions.join()).toMatch(/averaged to the 5×7 pixels/);
  });

  it('keep every channel to itself where a kernel reads one of many', async () => {
    const { graph } = await infer({
      'a.weight': [8, 3, 3, 3],
      'b.weight': [8, 1, 3, 3],
      'c.weight': [16, 8, 1, 1],
      'd.weight': [4, 16],
    });
    expect(graph.blocks.find(({ tensorName }) => tensorName === 'b.weight')?.pattern).toBe('diagonal');
  });

  it('are flattened with channels last where the file says so', async () => {
    const tensors = ofShapes({ 'c.weight': [2, 3, 3, 3], 'f.weight': [1, 2 * 8 * 8] });
    const columns = async (isChannelsLast: boolean) => {
      const { graph } = await inferred(stateDict(tensors, { isChannelsLast }));
      const block = graph.blocks.find(({ tensorName }) => tensorName === 'f.weight');
      return block?.values.kind === 'tensor' ? [...block.values.columns] : [];
    };
    expect(await columns(false)).toEqual([0, 64]);
    expect(await columns(true)).toEqual([0, 1]);
  });
});

describe('a configuration beside a chain', () => {
  it('says which activation follows', async () => {
    const settings = new Map([['hidden_act', 'tanh']]);
    const { graph, network } = await infer({ 'fc1.weight': [5, 3], 'fc2.weight': [2, 5] }, { settings });
    expect(graph.groups.find(({ count }) => count === 5)?.activation).toBe('tanh');
    expect(network.inference?.assumptions.join()).not.toMatch(/ReLU/);
  });
});
