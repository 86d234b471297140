import { describe, expect, it } from 'vitest';
import { type ModelFile, memorySource, openModel } from '../../formats';
import { hasRealModels, readRealModel } from '../../testing';
import { type Corrections, readNetwork, UnsupportedModelError } from '..';
import {
  describeGraph,
  expectSameGraph,
  inferred,
  ofShapes,
  openExport,
  openTensors,
  stateDict,
} from './testing';

/** What the page keeps is sent between threads and stored as JSON. */
const stored = (corrections: Corrections): Corrections => JSON.parse(JSON.stringify(corrections));

/** Fixtures whose tensors alone are read wrongly, and what makes them right. */
const WRONG: readonly [string, Corrections][] = [
  ['torchvision-vit', { heads: 2 }],
  ['timm-vit', { heads: 2 }],
  ['huggingface-vit', { heads: 2 }],
  ['huggingface-bert', { heads: 2 }],
  ['huggingface-roberta', { heads: 2 }],
  ['huggingface-gpt2', { heads: 2 }],
  ['huggingface-llama', { heads: 4 }],
  ['tanh-mlp', { activation: 'tanh' }],
  ['residual-mlp', { shortcuts: 'each' }],
  ['paired-mlp', { shortcuts: 'pairs' }],
];

describe('a correction', () => {
  it.each(WRONG)('%s: what was inferred becomes what the exporter says', async (name, corrections) => {
    const model = await openTensors(name);
    const exported = await inferred(await openExport(name));
    const before = await inferred(model);
    expect(await describeGraph(before.graph)).not.toEqual(await describeGraph(exported.graph));
    const after = await inferred(model, stored(corrections));
    await expectSameGraph(after.graph, exported.graph);
    const choices = after.network.inference?.choices ?? [];
    expect(choices.map(({ key }) => key)).toEqual(before.network.inference?.choices.map(({ key }) => key));
    for (const [key, value] of Object.entries(corrections))
      expect(choices.find((choice) => choice.key === key)?.value).toEqual(value);
  });

  it('of the order leads from one layer to the next as it says', async () => {
    const model = await openTensors('misnamed-mlp');
    const order = ['fc0', 'fc3', 'fc1', 'fc2', 'fc9'];
    const weights = async (corrections?: Corrections) => {
      const { graph } = await inferred(model, corrections);
      return graph.blocks.flatMap(({ kind, tensorName }) => (kind === 'linearWeight' ? [tensorName] : []));
    };
    expect(await weights()).toEqual(['fc0', 'fc1', 'fc2', 'fc3', 'fc9'].map((name) => `${name}.weight`));
    expect(await weights(stored({ order }))).toEqual(order.map((name) => `${name}.weight`));
  });

  it('is no longer among the assumptions', async () => {
    const model = await openTensors('residual-mlp');
    const assumptions = async (corrections?: Corrections) =>
      (await inferred(model, corrections)).network.inference?.assumptions.join() ?? '';
    expect(await assumptions()).toMatch(/ReLU follows.*|.*shortcuts|.*order/);
    const all = { activation: 'relu', shortcuts: 'each', order: ['fc1', 'fc2', 'fc3', 'fc4', 'fc5'] };
    expect(await assumptions(all)).toBe('');
    expect(
      (await inferred(await openTensors('timm-vit'), { heads: 2 })).network.inference?.assumptions.join(),
    ).not.toMatch(/head/i);
  });

  it('is not asked for what a configuration tells', async () => {
    const settings = new Map<string, unknown>([
      ['num_heads', 2],
      ['hidden_act', 'gelu'],
    ]);
    const model: ModelFile = { ...(await openTensors('timm-vit')), settings };
    const { network } = await inferred(model);
    expect(network.inference?.choices).toEqual([]);
  });
});

describe('what can be corrected', () => {
  it('is told with its value, its options and words for people', async () => {
    const { network } = await inferred(await openTensors('residual-mlp'));
    expect(network.inference?.choices).toEqual([
      {
        kind: 'order',
        key: 'order',
        label: 'Order of the layers',
        value: ['fc1', 'fc2', 'fc3', 'fc4', 'fc5'],
        options: ['fc1', 'fc2', 'fc3', 'fc4', 'fc5'],
      },
      {
        kind: 'choice',
        key: 'shortcuts',
        label: 'Shortcuts',
        value: 'none',
        options: ['none', 'each', 'pairs'].map((value) => ({ value, label: expect.any(String) })),
      },
      {
        kind: 'choice',
        key: 'activation',
        label: 'Activation after hidden layers',
        value: 'relu',
        options: expect.arrayContaining([{ value: 'tanh', label: 'Tanh' }]),
      },
    ]);
  });

  it('are the numbers of heads that divide the width', async () => {
    const { network } = await inferred(await openTensors('timm-vit'));
    expect(network.inference?.assumptions.join()).toMatch(/One head: 16 dimensions are not a multiple of 64/);
    expect(network.inference?.choices.find(({ key }) => key === 'heads')).toEqual({
      ...{ kind: 'count', key: 'heads', label: 'Attention heads', value: 1, options: [1, 2, 4, 8, 16] },
    });
  });

  it('is nothing where the file has a program', async () => {
    const { network } = await inferred(await openExport('residual-mlp'));
    expect(network.inference).toBeUndefined();
  });
});

describe('a correction that does not fit is refused by one sentence', () => {
  const bad: readonly [string, string, unknown, RegExp][] = [
    [
      'a number of heads that divides nothing',
      'timm-vit',
      { heads: 3 },
      /"heads", 3, is none of 1, 2, 4, 8, 16/,
    ],
    ['heads by name', 'timm-vit', { heads: '2' }, /"heads", "2", is none of/],
    ['an unknown activation', 'tanh-mlp', { activation: 'magic' }, /"activation", "magic", is none of relu,/],
    [
      'shortcuts that it cannot have',
      'tanh-mlp',
      { shortcuts: 'each' },
      /"shortcuts", "each", belongs to nothing/,
    ],
    ['an unknown key', 'tanh-mlp', { depth: 3 }, /"depth", 3, belongs to nothing that was inferred/],
    [
      'a key of every object',
      'tanh-mlp',
      JSON.parse('{"__proto__": 3}'),
      /"__proto__", 3, belongs to nothing/,
    ],
    [
      'an order with a layer twice',
      'misnamed-mlp',
      { order: ['fc0', 'fc1', 'fc1', 'fc2', 'fc9'] },
      /each of 5 layers once/,
    ],
    [
      'an order of other layers',
      'misnamed-mlp',
      { order: ['a', 'b', 'c', 'd', 'e'] },
      /each of 5 layers once/,
    ],
    ['an order that is a word', 'misnamed-mlp', { order: 'fc0' }, /each of 5 layers once/],
    [
      'an order in which layers do not fit',
      'misnamed-mlp',
      { order: ['fc9', 'fc0', 'fc1', 'fc2', 'fc3'] },
      /"fc0", which reads 6, cannot follow "fc9", which writes 3/,
    ],
    ['null', 'tanh-mlp', { activation: null }, /"activation", null, is none of/],
  ];

  it.each(bad)('%s', async (_, name, corrections, message) => {
    const reading = readNetwork(await openTensors(name), corrections as Corrections);
    await expect(reading).rejects.toThrow(UnsupportedModelError);
    await expect(readNetwork(await openTensors(name), corrections as Corrections)).rejects.toThrow(message);
  });

  it('any at all, where the file says itself how its layers are connected', async () => {
    await expect(readNetwork(await openExport('tanh-mlp'), { activation: 'tanh' })).rejects.toThrow(
      /says itself how its layers are connected/,
    );
  });

  it('one that leads to layers that do not fit', async () => {
    // Around two layers the picture loses its rim, which a shortcut would have to add to.
    const model = stateDict(
      ofShapes({ 'a.weight': [4, 4, 2, 2], 'b.weight': [4, 4, 2, 2], 'c.weight': [2, 4] }),
    );
    await expect(readNetwork(model, { shortcuts: 'pairs' })).rejects.toThrow(
      /What was corrected does not fit/,
    );
  });
});

describe.skipIf(!hasRealModels)('files by other people (folder METANET_MODELS)', () => {
  const open = (name: string) => openModel([memorySource(readRealModel(name), name)]);

  it('edge-cifar100.pt becomes what its export says, once its activation is corrected', async () => {
    const exported = await inferred(await open('edge-cifar100.pytorch-opset14.onnx'));
    const own = await inferred(await open('edge-cifar100.pt'), { activation: 'selu' });
    await expectSameGraph(own.graph, exported.graph);
  });

  it('resnet20-cifar10.pth has a shortcut around each of its nine units', async () => {
    const { network } = await inferred(await open('resnet20-cifar10.pth'));
    const sums = network.layers.flatMap(({ name, operation }) => (operation.kind === 'sum' ? [name] : []));
    const stages = ['first', 'second', 'third'];
    const units = ['residual_block.0', 'residual_block.1', 'final_block'];
    expect(sums).toEqual(stages.flatMap((stage) => units.map((unit) => `${stage}_block.${unit}.3.add`)));
    expect(network.inference?.assumptions.join()).toMatch(/"first_block\.conv_block".* take no part/);
  });
});
