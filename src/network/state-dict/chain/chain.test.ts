import { describe, expect, it } from 'vitest';
import type { StoredTensor } from '../../../formats';
import { startClock } from '../../../formats/testing';
import type { ParameterGraph } from '../../../graph';
import type { Corrections } from '../..';
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

  it('is that of the numbers where two kinds of layers take turns', async () => {
    const shapes: Shapes = {
      'conv1.weight': [8, 3, 3, 3],
      'conv_dw_1.weight': [8, 1, 3, 3],
      'conv_dw_2.weight': [16, 1, 3, 3],
      'conv_dw_3.weight': [16, 1, 3, 3],
      'conv_pw_1.weight': [16, 8, 1, 1],
      'conv_pw_2.weight': [16, 16, 1, 1],
      'conv_pw_3.weight': [16, 16, 1, 1],
      'preds.weight': [5, 16, 1, 1],
    };
    const turns = [1, 2, 3].flatMap((number) => [`conv_dw_${number}`, `conv_pw_${number}`]);
    expect(weightsOf((await infer(shapes)).graph)).toEqual(
      ['conv1', ...turns, 'preds'].map((name) => `${name}.weight`),
    );
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

  it('is not looked for where the file has an order of its own', async () => {
    const shapes = { 'y.weight': [7, 3], 'x.weight': [2, 5], 'z.weight': [5, 7] };
    await expect(infer(shapes)).rejects.toThrow(/fit no single chain/);
  });

  it('is refused where it would be none that the numbers in the names have', async () => {
    const shapes = {
      'fc1.weight': [40, 78],
      'fc21.weight': [20, 40],
      'fc22.weight': [20, 40],
      'fc3.weight': [40, 20],
      'fc4.weight': [78, 40],
    };
    await expect(infer(shapes)).rejects.toThrow(/fit no single chain/);
    await expect(
      infer({ 'main.0.weight': [2, 5], 'main.2.weight': [7, 2], 'main.4.weight': [5, 3] }),
    ).rejects.toThrow(/fit no single chain/);
  });

  it.each<[string, string, Shapes]>([
    [
      'attn.query',
      'attn.key',
      { 'attn.query.weight': [4, 4], 'attn.key.weight': [4, 4], 'attn.value.weight': [4, 4] },
    ],
    ['0.to_q', '0.to_k', { '0.to_q.weight': [4, 4], '0.to_k.weight': [4, 4], '0.to_v.weight': [4, 4] }],
    ['wq', 'wk', { 'wq.weight': [4, 4], 'wk.weight': [4, 4], 'wv.weight': [4, 4] }],
    ['mu', 'log_std', { 'net.0.weight': [6, 4], 'mu.weight': [4, 6], 'log_std.weight': [4, 6] }],
    ['fc_mean', 'fc_logvar', { 'fc.weight': [4, 4], 'fc_mean.weight': [4, 4], 'fc_logvar.weight': [4, 4] }],
    ['mlp.gate_proj', 'mlp.up_proj', { 'mlp.gate_proj.weight': [4, 4], 'mlp.up_proj.weight': [4, 4] }],
    ['actor', 'critic', { 'actor.0.weight': [4, 4], 'critic.0.weight': [4, 4] }],
  ])('is refused where "%s" and "%s" stand side by side by their names', async (one, other, shapes) => {
    await expect(infer(shapes)).rejects.toThrow(`"${one}" and "${other}" stand side by side by their names`);
  });

  it('is found, or given up, in bounded time', async () => {
    // Every layer follows every other one, except that nothing reads what the last writes.
    const shapes = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`l${index}.weight`, index === 20 ? [3, 3] : [4, 4]]),
    );
    const elapsedMs = startClock();
    await expect(infer(shapes)).rejects.toThrow(/no single chain/);
    expect(elapsedMs()).toBeLessThan(2000);
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

describe('modules with several weights', () => {
  const lines = async (shapes: Shapes) => {
    const { graph } = await infer(shapes);
    expect(graph.unplaced).toEqual([]);
    return graph.blocks.map(({ tensorName, source, target }) => {
      const [from, to] = [graph.groups[source], graph.groups[target]];
      return `${from.count} ${tensorName} ${to.count}`;
    });
  };

  it('are a layer for each, [in, out] where the bias says so', async () => {
    const shapes = { W1: [7, 5], b1: [5], W2: [5, 2], b2: [2] };
    const expected = ['7 W1 5', '1 b1 5', '5 W2 2', '1 b2 2'];
    expect(await lines(shapes)).toEqual(expected);
    const sorted = Object.fromEntries(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(await lines(sorted)).toEqual(expected);
  });

  it('keep their place among others', async () => {
    const shapes = {
      'part.weight_1': [5, 7],
      'part.bias_1': [5],
      'part.weight_2': [4, 5],
      'part.bias_2': [4],
      'out.weight': [2, 4],
    };
    expect(await lines(shapes)).toEqual([
      '7 part.weight_1 5',
      '1 part.bias_1 5',
      '5 part.weight_2 4',
      '1 part.bias_2 4',
      '4 out.weight 2',
    ]);
  });

  it('go by the order of the file where names tell nothing', async () => {
    expect(await lines({ arr_0: [7, 5], arr_1: [5], arr_2: [5, 2], arr_3: [2] })).toEqual([
      '7 arr_0 5',
      '1 arr_1 5',
      '5 arr_2 2',
      '1 arr_3 2',
    ]);
  });

  it.each(['weight_hh_l0', 'weight_hh', 'recurrent_kernel'])(
    'are refused where they are recurrent: %s',
    async (name) => {
      const shapes = { 'rnn.weight_ih_l0': [4, 4], [`rnn.${name}`]: [4, 4], 'fc.weight': [2, 4] };
      await expect(infer({ weight_ih_l0: [4, 4], [name]: [4, 4] })).rejects.toThrow(
        /^The network is recurrent/,
      );
      await expect(infer(shapes)).rejects.toThrow(
        /^The layer "rnn" is recurrent, which no chain of layers is \(network\.pt\)\. Export the network as ONNX/,
      );
    },
  );
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

describe('transposed convolutions in a chain', () => {
  /** The layers in order, each with its channels; transposed ones have an arrow that points up. */
  const layersOf = async (shapes: Shapes) => {
    const { network, graph } = await infer(shapes);
    expect(graph.unplaced).toEqual([]);
    return network.layers.flatMap(({ name, operation }) =>
      operation.kind === 'conv'
        ? [`${name} ${operation.isTransposed ? '↑' : '→'} ${operation.writes.count}`]
        : [],
    );
  };

  it('are told by a bias that is as long as the second axis', async () => {
    expect(
      await layersOf({
        'first.weight': [5, 1, 5, 5],
        'first.bias': [5],
        'middle.weight': [5, 5, 3, 3],
        'middle.bias': [5],
        'last.weight': [5, 1, 9, 9],
        'last.bias': [1],
      }),
    ).toEqual(['first → 5', 'middle → 5', 'last ↑ 1']);
  });

  it('are told by the order of the file before parts change places', async () => {
    const main = (number: number, shape: readonly number[]): Shapes => ({ [`main.${number}.weight`]: shape });
    expect(
      await layersOf({
        ...main(0, [10, 8, 4, 4]),
        ...batchNorm('main.1', 8),
        ...main(3, [8, 4, 4, 4]),
        ...batchNorm('main.4', 4),
        ...main(6, [4, 3, 4, 4]),
      }),
    ).toEqual(['main.0 ↑ 8', 'main.3 ↑ 4', 'main.6 ↑ 3']);
  });

  it('are only some of the layers where the others fit as they are', async () => {
    const shapes = {
      'a.weight': [6, 3, 3, 3],
      'b.weight': [4, 6, 3, 3],
      'c.weight': [4, 6, 2, 2],
      'd.weight': [6, 6, 2, 2],
      'e.weight': [6, 6, 3, 3],
      'f.weight': [6, 3, 2, 2],
    };
    expect(await layersOf(shapes)).toEqual(['a → 6', 'b → 4', 'c ↑ 6', 'd ↑ 6', 'e → 6', 'f ↑ 3']);
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

describe('shortcuts in a chain', () => {
  /** Layers whose result is added to something, by what the sum is called. */
  const sums = async (shapes: Shapes, more = {}, corrections?: Corrections) => {
    const { network } = await inferred(stateDict(ofShapes(shapes), more), corrections);
    return network.layers.flatMap(({ name, operation }) => (operation.kind === 'sum' ? [name] : []));
  };

  const unit = (name: string, from: number, to: number): Shapes => ({
    [`${name}.0.weight`]: [from, from, 3, 3],
    ...batchNorm(`${name}.1`, from),
    [`${name}.3.weight`]: [to, from, 3, 3],
    ...batchNorm(`${name}.4`, to),
  });

  it('lead around what is called residual, and what is built alike', async () => {
    const shapes = {
      'stem.weight': [4, 3, 3, 3],
      ...unit('stage1.residual_block.0', 4, 4),
      ...unit('stage1.residual_block.1', 4, 4),
      ...unit('stage1.transition', 4, 8),
      ...unit('stage2.residual_block.0', 8, 8),
      'head.weight': [2, 8],
    };
    expect(await sums(shapes)).toEqual([
      'stage1.residual_block.0.3.add',
      'stage1.residual_block.1.3.add',
      'stage1.transition.3.add',
      'stage2.residual_block.0.3.add',
    ]);
    expect(await sums(shapes, {}, { shortcuts: 'none' })).toEqual([]);
  });

  it('lead around blocks of one layer each that are parts of one residual block', async () => {
    const block = (name: string, from: number, to: number): Shapes => ({
      [`${name}.0.weight`]: [to, from, 3, 3],
      ...batchNorm(`${name}.1`, to),
    });
    const shapes = {
      ...block('conv1', 3, 4),
      ...block('conv2', 4, 6),
      ...block('res1.0', 6, 6),
      ...block('res1.1', 6, 6),
      ...block('conv3', 6, 8),
      ...block('conv4', 8, 8),
      ...block('res2.0', 8, 8),
      ...block('res2.1', 8, 8),
      'classifier.3.weight': [3, 8],
    };
    expect(await sums(shapes)).toEqual(['res1.1.0.add', 'res2.1.0.add']);
  });

  it('lead around each layer of a list of residual ones', async () => {
    const shapes = {
      'input.weight': [6, 3],
      'residual_blocks.0.weight': [6, 6],
      'residual_blocks.1.weight': [6, 6],
      'output.weight': [2, 6],
    };
    expect(await sums(shapes)).toEqual(['residual_blocks.0.add', 'residual_blocks.1.add']);
  });

  it('are not assumed where no name speaks for them', async () => {
    const shapes = { 'fc1.weight': [4, 4], 'fc2.weight': [4, 4], 'fc3.weight': [2, 4] };
    expect(await sums(shapes)).toEqual([]);
    expect(await sums(shapes, {}, { shortcuts: 'each' })).toEqual(['fc1.add', 'fc2.add']);
    expect(await sums(shapes, {}, { shortcuts: 'pairs' })).toEqual(['fc2.add']);
  });
});

describe('modules that never ran', () => {
  const filled = (name: string, count: number, mean: number, variance: number): [string, StoredTensor][] =>
    [
      ['weight', 1],
      ['bias', 0],
      ['running_mean', mean],
      ['running_var', variance],
    ].map(([part, value]) => {
      const [path, shape] = [`${name}.${part}`, [count]];
      const storage = { kind: 'fill' as const, value: Number(value) };
      return [path, { name: path, shape, type: 'float32', elementCount: count, storage }];
    });

  const weights = ofShapes({
    'a.conv.weight': [4, 3, 3, 3],
    'unused.conv.weight': [4, 4, 3, 3],
    'b.conv.weight': [4, 4, 3, 3],
    'fc.weight': [2, 4],
  });

  const read = (norms: readonly [string, StoredTensor][]) =>
    inferred(stateDict(new Map([...weights, ...norms])));

  it('are no part of the network, and are named', async () => {
    const { graph, network } = await read([
      ...filled('a.bn', 4, 0.1, 0.9),
      ...filled('unused.bn', 4, 0, 1),
      ...filled('b.bn', 4, 0, 0.5),
    ]);
    expect(weightsOf(graph)).toEqual(['a.conv.weight', 'b.conv.weight', 'fc.weight']);
    expect(graph.unplaced).toEqual([]);
    expect(network.inference?.assumptions.join()).toMatch(
      /"unused" take no part, and are left out: their norms have never seen a batch, others have/,
    );
  });

  it('are not looked for in a network that is new', async () => {
    const { graph } = await read(['a.bn', 'unused.bn', 'b.bn'].flatMap((name) => filled(name, 4, 0, 1)));
    expect(weightsOf(graph)).toHaveLength(4);
  });
});
