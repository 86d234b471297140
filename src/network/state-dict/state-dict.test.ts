/**
 * Small networks of every family, made by the libraries they come from: what is inferred from the bare state dict must be
 * what the exporter says, and its symmetries must leave what ONNX Runtime computes as it is.
 */
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import {
  type EdgeBlock,
  type NodeGroup,
  type ParameterGraph,
  permuteBlockValues,
  randomSymmetry,
  readAllValues,
  seededRandom,
} from '../../graph';
import { metanetPrediction, relativeDifference, withEdgeValues } from '../../testing';
import type { Corrections } from '..';
import { FAMILIES } from './families';
import {
  expectSameGraph,
  FIXTURES,
  formsOf,
  inferred,
  ofShapes,
  openExport,
  openStateDict,
  readStateDict,
  type Shapes,
  stateDict,
} from './testing';

/** float64 sums in another order. */
const ROUNDING = 1e-6;
/** Networks that ONNX Runtime computes in float32, where a sum in another order differs by this much (relative). */
const SAME_FUNCTION = 1e-5;
/** Another function differs by more than ten times that. */
const OTHER_FUNCTION = 1e-4;

/** What each fixture must be taken for. */
const TAKEN_FOR: readonly [RegExp, RegExp][] = [
  [/^(torchvision-res|timm-res|cifar)/, /ResNet/],
  [/-vgg/, /torchvision’s VGG/],
  [/-alexnet/, /AlexNet/],
  [/-mobilenet-v2/, /MobileNetV2/],
  [/-mobilenet-?v3/, /MobileNetV3/],
  [/-efficientnet/, /EfficientNet/],
  [/-densenet/, /DenseNet/],
  [/-squeezenet/, /SqueezeNet/],
  [/-convnext/, /ConvNeXt/],
  [/-(vit|deit)/, /vision transformer/],
  [/-bert/, /BERT/],
  [/-gpt2/, /GPT-2/],
  [/-(llama|qwen2)/, /Llama/],
  [/-roberta/, /RoBERTa/],
  [/siren/, /SIREN/],
  [/^(lenet|named|projected|sequential|mobilenet-v1|dcgan|conv-auto)|-mlp$/, /chain of layers/],
];

/** Networks whose files do not tell what they are: what a person has to say. */
const CORRECTED = new Map<string, Corrections>([
  ['residual-mlp', { shortcuts: 'each' }],
  ['paired-mlp', { shortcuts: 'pairs' }],
  ['misnamed-mlp', { order: ['fc0', 'fc3', 'fc1', 'fc2', 'fc9'] }],
  ['tanh-mlp', { activation: 'tanh' }],
]);

/** A fixture's state dict, read as it should be. */
const inferredWell = async (name: string, form?: string) =>
  inferred(await openStateDict(name, form), CORRECTED.get(name));

const describeGroup = ({ name: _, first: __, ...facts }: NodeGroup) => JSON.stringify(facts);

/** Runs the exported program over a state dict's bytes, on an input that is the same every time. */
async function run(name: string, weights: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(readStateDict(`${name}.onnx`), {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
    externalData: [{ path: `${name}.safetensors`, data: weights }],
  });
  const feeds = Object.fromEntries(
    session.inputMetadata.flatMap((input) => {
      if (!input.isTensor) return [];
      const shape = input.shape.map(Number);
      const count = shape.reduce((total, size) => total * size, 1);
      const places = Array.from({ length: count }, (_, index) => index);
      // RoBERTa knows one kind of token.
      const kinds = name.includes('roberta') ? 1 : 2;
      const isKind = input.name === 'token_type_ids';
      const tensor =
        input.type === 'int64'
          ? new ort.Tensor(
              'int64',
              BigInt64Array.from(places, (place) => BigInt(place % (isKind ? kinds : 20))),
              shape,
            )
          : new ort.Tensor(
              'float32',
              Float32Array.from(places, (place) => Math.sin(place * 12.9898)),
              shape,
            );
      return [[input.name, tensor]];
    }),
  );
  const results = await session.run(feeds);
  const output = results[session.outputNames[0]].data as Float32Array;
  await session.release();
  return output;
}

/**
 * A table of words that is read at both ends by features that nothing else ties (BERT's): the graph may move the features at
 * one end without those at the other, one tensor cannot hold that. So they move together.
 */
function moveTiedTogether({ groups, blocks }: ParameterGraph, permutation: Int32Array): Int32Array {
  const tied = permutation.slice();
  const freeEnd = ({ source, target }: EdgeBlock) =>
    [groups[source], groups[target]].find(
      ({ kind, isOrdered, isInput, isOutput }) => kind !== 'row' && !isOrdered && !isInput && !isOutput,
    );
  const tables = new Map<string, NodeGroup>();
  for (const block of blocks) {
    const end = freeEnd(block);
    if (block.values.kind === 'constant' || !end) continue;
    const { name } = block.values.tensor;
    if (block.kind === 'embedding') tables.set(name, end);
    const words = tables.get(name) ?? end;
    for (let i = 0; i < end.count; i++)
      tied[end.first + i] = end.first + permutation[words.first + i] - words.first;
  }
  return tied;
}

describe.each(FIXTURES)('%s', (name) => {
  it('is placed completely, and says what it was taken for and why', async () => {
    const { network, graph } = await inferredWell(name);
    expect(network.notUnderstood).toEqual([]);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters.placed).toBe(graph.parameters.all);
    expect(graph.isInferred).toBe(true);
    const [, family] = TAKEN_FOR.find(([fixture]) => fixture.test(name)) ?? [];
    expect(network.inference?.family).toMatch(family ?? /nothing/);
    expect(network.inference?.reason).toMatch(/^(Named like|The shapes of its weights fit)/);
  });

  it.each(formsOf(name))(
    'gives the parameter graph of its export: nodes, edges, facts, values, prediction (%s)',
    async (form) => {
      const own = await inferredWell(name, form);
      const exported = await inferred(await openExport(name));
      expect(exported.network.notUnderstood).toEqual([]);
      expect(exported.graph.isInferred).toBe(false);
      expect(own.graph.unplaced).toEqual([]);
      await expectSameGraph(own.graph, exported.graph);
      const predict = async ({ graph }: typeof own) =>
        metanetPrediction(graph, await readAllValues(graph.blocks, graph.groups));
      expect(relativeDifference(await predict(own), await predict(exported))).toBeLessThan(ROUNDING);
    },
  );

  it('computes the same under the symmetries of the graph, and not under other permutations', async () => {
    const bytes = readStateDict(`${name}.safetensors`);
    const { graph } = await inferredWell(name);
    const values = await readAllValues(graph.blocks, graph.groups);
    const before = await run(name, bytes);
    expect(before.every(Number.isFinite)).toBe(true);
    const permuted = (permutation: Int32Array, isMoved = (_: EdgeBlock) => true) =>
      withEdgeValues(
        bytes,
        graph,
        graph.blocks.map((block, index) =>
          isMoved(block) ? permuteBlockValues(block, graph, permutation, values[index]) : values[index],
        ),
      );
    const symmetry = moveTiedTogether(graph, randomSymmetry(graph, seededRandom(1)));
    const moved = permuted(symmetry);
    expect(moved).not.toEqual(bytes);
    expect(relativeDifference(await run(name, moved), before)).toBeLessThan(SAME_FUNCTION);
    // Weights moved without the biases and norms that belong to them.
    const isWeight = ({ kind }: EdgeBlock) => /Weight|query|key|value/.test(kind);
    const broken = permuted(symmetry, (block) => !isWeight(block));
    if (graph.blocks.some((block) => !isWeight(block)))
      expect(relativeDifference(await run(name, broken), before)).toBeGreaterThan(OTHER_FUNCTION);
  });
});

/** A fixture's tensors under other names. */
async function renamed(name: string, rename: (tensor: string) => string, more: Shapes = {}) {
  const model = await openStateDict(name);
  const tensors = [...model.tensors.values()].map((tensor) => ({ ...tensor, name: rename(tensor.name) }));
  const all = new Map([...tensors.map((tensor) => [tensor.name, tensor] as const), ...ofShapes(more)]);
  return inferred({ ...model, tensors: all });
}

describe('other names for the same networks', () => {
  it.each<[string, string, (name: string) => string]>([
    ['torchvision-resnet', 'of DataParallel', (name) => `module.${name}`],
    ['huggingface-bert', 'of a checkpoint', (name) => `state_dict.model.${name}`],
    [
      'huggingface-bert',
      'of BERT as TensorFlow left them',
      (name) =>
        name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
    ],
    [
      'huggingface-vit',
      'of transformers 5 in memory',
      (name) =>
        name
          .replace('encoder.layer.', 'layers.')
          .replace(/attention\.attention\.(q|k|v)\w+/, 'attention.$1_proj')
          .replace('attention.output.dense', 'attention.o_proj')
          .replace('intermediate.dense', 'mlp.fc1')
          .replace(/(\d)\.output\.dense/, '$1.mlp.fc2'),
    ],
    [
      'torchvision-vit',
      'of torchvision 0.11',
      (name) => name.replace('mlp.0', 'mlp.linear_1').replace('mlp.3', 'mlp.linear_2'),
    ],
    ['cifar-resnet', 'of a head that is called fc', (name) => name.replace('linear.', 'fc.')],
  ])('%s: those %s', async (name, _, rename) => {
    const [{ graph }, other] = [await inferred(await openStateDict(name)), await renamed(name, rename)];
    expect(other.graph.unplaced).toEqual([]);
    expect(other.graph.parameters).toEqual(graph.parameters);
    expect(other.graph.groups.map(describeGroup)).toEqual(graph.groups.map(describeGroup));
  });

  it('of Gemma: a norm behind attention, and two around the MLP', async () => {
    const norms = ['pre_feedforward_layernorm', 'post_feedforward_layernorm'];
    const more = [0, 1].flatMap((layer) =>
      norms.map((norm) => [`model.layers.${layer}.${norm}.weight`, [16]]),
    );
    const { graph } = await renamed('huggingface-llama', (name) => name, Object.fromEntries(more));
    expect(graph.unplaced).toEqual([]);
    const normed = (name: string) => {
      const norm = graph.blocks.find((block) => block.name === `model.layers.1.${name}`);
      return norm && graph.groups[norm.target].name;
    };
    expect(normed('input_layernorm')).toBe('model.layers.0.mlp.down_proj');
    expect(normed('post_attention_layernorm')).toBe('model.layers.1.self_attn.o_proj');
    expect(normed('pre_feedforward_layernorm')).toBe('model.layers.1.self_attn.o_proj');
    expect(normed('post_feedforward_layernorm')).toBe('model.layers.1.mlp.down_proj');
  });

  it('leave what is no part of the family unplaced, with the reason', async () => {
    const { graph, network } = await renamed('torchvision-resnet', (name) => `backbone.${name}`, {
      'projector.weight': [5, 3],
    });
    expect(network.inference?.reason).toMatch(/below "backbone"$/);
    expect(graph.unplaced).toEqual([
      { name: 'projector.weight', elementCount: 15, reason: 'is no part of torchvision’s and timm’s ResNet' },
    ]);
  });
});

describe('what torch.save writes', () => {
  it('is tested for every family', async () => {
    const saved = FIXTURES.filter((name) => formsOf(name).includes('pt'));
    const taken = await Promise.all(
      saved.map(async (name) => (await inferredWell(name, 'pt')).network.inference?.family),
    );
    const families = FAMILIES.map(({ name }) => name).filter((name) => !/^(llama\.cpp|Keras)’s/.test(name));
    expect(new Set(taken)).toEqual(new Set([...families, 'a chain of layers']));
  });
});

describe('adapters', () => {
  it.each([
    ['base_model.model.layers.0.q_proj.lora_A.weight', 'base_model.model.layers.0.q_proj.lora_B.weight'],
    ['lora_unet_mid_attn1_to_q.lora_down.weight', 'lora_unet_mid_attn1_to_q.lora_up.weight'],
    ['lora_unet_mid_attn1_to_q.hada_w1_a', 'lora_unet_mid_attn1_to_q.hada_w1_b'],
  ])('are refused with what to do: %s', async (down, up) => {
    const tensors = ofShapes({ [down]: [2, 8], [up]: [8, 2] });
    await expect(inferred(stateDict(tensors))).rejects.toThrow(
      /The file holds an adapter \(LoRA\).* \(network\.pt\)\. Merge it into its model/,
    );
  });
});
