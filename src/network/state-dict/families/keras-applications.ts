/**
 * Networks of keras.applications whose layers do not stand in one chain, as their weights are named where they are saved
 * without their architecture. They are those of PyTorch's libraries under other names, but for ResNet's strides.
 */
import type { Family } from '../family';
import { DENSENET } from './densenet';
import { MOBILENET_V2 } from './mobilenet';
import { inOtherWords, type Rename } from './renamed';
import { KERAS_STYLE_RESNET } from './resnet';
import { TIMM_EFFICIENTNET } from './timm-mobilenet';

/** What a name becomes: by itself, or by what the groups of a pattern hold. */
type Rules = readonly (readonly [RegExp, (...groups: string[]) => string | undefined])[];

const byRules =
  (rules: Rules): Rename =>
  (path) => {
    for (const [pattern, name] of rules) {
      const match = pattern.exec(path);
      if (match) return name(...match.slice(1));
    }
    return undefined;
  };

const always = (name: string) => () => name;
const before = (number: string) => Number(number) - 1;
const LAST_OF_MOBILENET_V2 = 'features.18';

const RESNET_NAMES: Rules = [
  [/^conv1_conv$/, always('conv1')],
  [/^conv1_bn$/, always('bn1')],
  [
    /^conv(\d)_block(\d+)_0_(conv|bn)$/,
    (stage, block, kind) => `layer${before(stage)}.${before(block)}.downsample.${kind === 'conv' ? 0 : 1}`,
  ],
  [
    /^conv(\d)_block(\d+)_(\d)_(conv|bn)$/,
    (stage, block, number, kind) => `layer${before(stage)}.${before(block)}.${kind}${number}`,
  ],
  [/^predictions$/, always('fc')],
];

const DENSENET_PARTS = new Map([
  ['0_bn', 'norm1'],
  ['1_conv', 'conv1'],
  ['1_bn', 'norm2'],
  ['2_conv', 'conv2'],
]);

const DENSENET_NAMES: Rules = [
  [/^conv1_conv$/, always('features.conv0')],
  [/^conv1_bn$/, always('features.norm0')],
  [
    /^conv(\d)_block(\d+)_(\d_\w+)$/,
    (stage, block, part) =>
      `features.denseblock${before(stage)}.denselayer${block}.${DENSENET_PARTS.get(part)}`,
  ],
  [/^pool(\d)_bn$/, (stage) => `features.transition${before(stage)}.norm`],
  [/^pool(\d)_conv$/, (stage) => `features.transition${before(stage)}.conv`],
  [/^bn$/, always('features.norm_final')],
  [/^predictions$/, always('classifier')],
];

/** Of a block that expands; the first does not, and numbers its layers from the second of these on. */
const MOBILENET_PARTS = ['expand', 'depthwise', 'project'];

function mobileNetLayer(block: number, part: string, isNorm: boolean): string {
  const number = MOBILENET_PARTS.indexOf(part) - (block === 0 ? 1 : 0);
  const own = part === 'project' ? `${number + (isNorm ? 1 : 0)}` : `${number}.${isNorm ? 1 : 0}`;
  return `features.${block + 1}.conv.${own}`;
}

const MOBILENET_V2_NAMES: Rules = [
  [/^Conv1$/, always('features.0.0')],
  [/^bn_Conv1$/, always('features.0.1')],
  [/^expanded_conv_(depthwise|project)(_BN)?$/, (part, norm) => mobileNetLayer(0, part, norm !== undefined)],
  [
    /^block_(\d+)_(expand|depthwise|project)(_BN)?$/,
    (block, part, norm) => mobileNetLayer(Number(block), part, norm !== undefined),
  ],
  [/^Conv_1$/, always(`${LAST_OF_MOBILENET_V2}.0`)],
  [/^Conv_1_bn$/, always(`${LAST_OF_MOBILENET_V2}.1`)],
  [/^predictions$/, always('classifier.1')],
];

const EXPANDING = new Map([
  ['expand_conv', 'conv_pw'],
  ['expand_bn', 'bn1'],
  ['dwconv', 'conv_dw'],
  ['bn', 'bn2'],
  ['se_reduce', 'se.conv_reduce'],
  ['se_expand', 'se.conv_expand'],
  ['project_conv', 'conv_pwl'],
  ['project_bn', 'bn3'],
]);

/** The first stage does not expand. */
const NOT_EXPANDING = new Map([
  ...EXPANDING,
  ['bn', 'bn1'],
  ['project_conv', 'conv_pw'],
  ['project_bn', 'bn2'],
]);

const EFFICIENTNET_NAMES: Rules = [
  [/^stem_conv$/, always('conv_stem')],
  [/^stem_bn$/, always('bn1')],
  [
    /^block(\d)([a-z])_(\w+)$/,
    (stage, letter, part) => {
      const own = (stage === '1' ? NOT_EXPANDING : EXPANDING).get(part);
      return own && `blocks.${before(stage)}.${letter.charCodeAt(0) - 'a'.charCodeAt(0)}.${own}`;
    },
  ],
  [/^top_conv$/, always('conv_head')],
  [/^top_bn$/, always('bn2')],
  [/^predictions$/, always('classifier')],
];

const inKerasWords = (family: Family, rules: Rules): Family['write'] =>
  function write(builder, parts) {
    if (parts.root.has('predictions')) {
      builder.endWith('Softmax');
      builder.assume('Softmax after the last layer, as keras.applications has it');
    }
    inOtherWords(family, byRules(rules))(builder, parts);
  };

export const KERAS_APPLICATIONS: readonly Family[] = [
  {
    name: 'Keras’s ResNet',
    signs: ['conv1_conv', 'conv1_bn', 'conv2_block1_1_conv', 'conv2_block1_3_conv'],
    activation: 'Relu',
    write: inKerasWords(KERAS_STYLE_RESNET, RESNET_NAMES),
  },
  {
    name: 'Keras’s DenseNet',
    signs: ['conv1_conv', 'conv2_block1_0_bn', 'conv2_block1_2_conv', 'pool2_conv'],
    activation: 'Relu',
    write: inKerasWords(DENSENET, DENSENET_NAMES),
  },
  {
    name: 'Keras’s MobileNetV2',
    signs: ['Conv1', 'expanded_conv_depthwise', 'block_1_expand', 'Conv_1'],
    activation: 'Clip',
    write: inKerasWords(MOBILENET_V2, MOBILENET_V2_NAMES),
  },
  {
    name: 'Keras’s EfficientNet',
    signs: ['stem_conv', 'block1a_dwconv', 'block2a_expand_conv', 'top_conv'],
    activation: 'Swish',
    write: inKerasWords(TIMM_EFFICIENTNET, EFFICIENTNET_NAMES),
  },
];
