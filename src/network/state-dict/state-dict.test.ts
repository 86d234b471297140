/**
 * Small networks of every family, made by the libraries they come from: what is inferred from the bare state dict must be
 * what the exporter says, and its symmetries must leave what ONNX Runtime computes as it is.
 */
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../../formats';
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
import {
  FIXTURES,
  inferred,
  ofShapes,
  openExport,
  openStateDict,
  readStateDict,
  type Shapes,
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
  [/^siren/, /SIREN/],
  [/^(lenet|named-norms|sequential|mobilenet-v1)/, /chain of layers/],
];

const describeGroup = ({ name: _, first: __, ...facts }: NodeGroup) => JSON.stringify(facts);

function describeBlock(graph: ParameterGraph, block: EdgeBlock, values: Float32Array): string {
  const { kind, pattern, groups, taps, tapShape, stride, source, target } = block;
  const ends = [graph.groups[source], graph.groups[target]].map(describeGroup);
  return JSON.stringify({ kind, pattern, groups, taps, tapShape, stride, ends, values: [...values].sort() });
}

/** Entries of one list that the other has not, shortened: a handful says enough. */
function missing(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  const lacking = list.filter((entry) => {
    const at = rest.indexOf(entry);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return lacking.slice(0, 3).map((entry) => entry.slice(0, 400));
}

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
      const isKind = input.name === 'token_type_ids';
      const tensor =
        input.type === 'int64'
          ? new ort.Tensor(
              'int64',
              BigInt64Array.from(places, (place) => BigInt(place % (isKind ? 2 : 20))),
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

describe.each(FIXTURES)('%s', (name) => {
  it('is placed completely, and says what it was taken for and why', async () => {
    const { network, graph } = await inferred(await openStateDict(name));
    expect(network.notUnderstood).toEqual([]);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters.placed).toBe(graph.parameters.all);
    expect(graph.isInferred).toBe(true);
    const [, family] = TAKEN_FOR.find(([fixture]) => fixture.test(name)) ?? [];
    expect(network.inference?.family).toMatch(family ?? /nothing/);
    expect(network.inference?.reason).toMatch(/^(Named like|The shapes of its weights fit)/);
  });

  it('gives the parameter graph of its export: nodes, edges, facts, values, prediction', async () => {
    const own = await inferred(await openStateDict(name));
    const exported = await inferred(await openExport(name));
    expect(exported.network.notUnderstood).toEqual([]);
    expect(exported.graph.isInferred).toBe(false);
    const [a, b] = [own.graph, exported.graph];
    expect([a.nodeCount, a.edgeCount, a.parameters]).toEqual([b.nodeCount, b.edgeCount, b.parameters]);
    const groups = [a, b].map((graph) => graph.groups.map(describeGroup));
    expect(missing(groups[0], groups[1])).toEqual([]);
    const values = [await readAllValues(a.blocks, a.groups), await readAllValues(b.blocks, b.groups)];
    const blocks = [a, b].map((graph, index) =>
      graph.blocks.map((block, place) => describeBlock(graph, block, values[index][place])),
    );
    expect(missing(blocks[0], blocks[1])).toEqual([]);
    const [p, q] = [await metanetPrediction(a, values[0]), await metanetPrediction(b, values[1])];
    expect(relativeDifference(p, q)).toBeLessThan(ROUNDING);
  });

  // BERT's table of words is read at both ends, by features that nothing else ties: the graph may move them apart, one
  // tensor cannot hold that.
  it.skipIf(name === 'huggingface-bert-masked')(
    'computes the same under the symmetries of the graph, and not under other permutations',
    async () => {
      const bytes = readStateDict(`${name}.safetensors`);
      const { graph } = await inferred(await openStateDict(name));
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
      const symmetry = randomSymmetry(graph, seededRandom(1));
      const moved = permuted(symmetry);
      expect(moved).not.toEqual(bytes);
      expect(relativeDifference(await run(name, moved), before)).toBeLessThan(SAME_FUNCTION);
      // Weights moved without the biases and norms that belong to them.
      const isWeight = ({ kind }: EdgeBlock) => /Weight|query|key|value/.test(kind);
      const broken = permuted(symmetry, (block) => !isWeight(block));
      if (graph.blocks.some((block) => !isWeight(block)))
        expect(relativeDifference(await run(name, broken), before)).toBeGreaterThan(OTHER_FUNCTION);
    },
  );
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

describe('a transformer without a configuration', () => {
  it('has heads of the usual size, and says that it is assumed', async () => {
    const model = await openModel([
      memorySource(readStateDict('torchvision-vit.safetensors'), 'vit.safetensors'),
    ]);
    const { network } = await inferred(model);
    expect(network.inference?.assumptions.join()).toMatch(/One head: 16 dimensions are not a multiple of 64/);
  });
});
