/** Every operator that is understood, by type, with its domain where it is not ONNX's own. What is not here is reported by name. */
import type { OperatorHandler } from '../lowering';
import { cumulative, fourier, localResponseNorm, parametricRelu, unary } from './activations';
import { arithmetic, where } from './arithmetic';
import { ifOperator, loop, scan } from './control-flow';
import { conv, convTranspose } from './conv';
import { einsum } from './einsum';
import { standardAttention } from './fused-attention';
import { constantOfShape, constantOperator, nonZero, ofShape, range, triangle } from './generated';
import { concatOperator } from './joining';
import { gemm, matMul } from './linear';
import { MICROSOFT_OPERATORS } from './microsoft';
import {
  expandOperator,
  flatten,
  reshapeOperator,
  shape,
  size,
  squeeze,
  tileOperator,
  transposeOperator,
  unsqueeze,
} from './moving';
import {
  batchNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from './normalisation';
import { gather, sliceOperator, split } from './picking';
import { choose, gatherElements, gatherNd, scatter } from './picking-positions';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduce } from './pooling';
import {
  convInteger,
  dequantizeLinear,
  dynamicQuantizeLinear,
  matMulInteger,
  qLinearConv,
  qLinearMatMul,
  quantizeLinear,
} from './quantisation';
import { recurrent } from './recurrent';
import { rotaryEmbedding } from './rotary';
import {
  concatFromSequence,
  sequenceAt,
  sequenceConstruct,
  sequenceEmpty,
  sequenceInsert,
  splitToSequence,
} from './sequences';
import { depthToSpace, pad, resize, sample, spaceToDepth } from './spatial';

const UNARY = [
  ...['Identity', 'Cast', 'CastLike', 'Dropout', 'LpNormalization', 'MeanVarianceNormalization'],
  ...[
    'Abs',
    'Ceil',
    'Exp',
    'Floor',
    'IsInf',
    'IsNaN',
    'Log',
    'Neg',
    'Not',
    'Reciprocal',
    'Round',
    'Sign',
    'Sqrt',
  ],
  ...['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cosh', 'Sinh', 'Tan', 'BitwiseNot', 'Bernoulli'],
  ...['Celu', 'Clip', 'Cos', 'Elu', 'Erf', 'Gelu', 'HardSigmoid', 'HardSwish', 'Hardmax', 'LeakyRelu'],
  ...['LogSoftmax', 'Mish', 'Relu', 'Selu', 'Shrink', 'Sigmoid', 'Sin', 'Softmax', 'Softplus', 'Softsign'],
  ...['Swish', 'Tanh', 'ThresholdedRelu', 'ReverseSequence'],
];

const JOINING = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean', 'Max', 'Min', 'Pow', 'Mod', 'And', 'Or', 'Xor'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
  ...['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor'],
];

const REDUCTIONS = ['Mean', 'Sum', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'Prod', 'LogSum', 'LogSumExp'];

const GENERATED = ['EyeLike', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike'];

export const OPERATORS: ReadonlyMap<string, OperatorHandler> = new Map<string, OperatorHandler>([
  ...UNARY.map((type) => [type, unary] as const),
  ...JOINING.map((type) => [type, arithmetic] as const),
  ...REDUCTIONS.map((name) => [`Reduce${name}`, reduce] as const),
  ...GENERATED.map((type) => [type, ofShape] as const),
  ['ArgMax', choose],
  ['ArgMin', choose],
  ['Attention', standardAttention],
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  ['Concat', concatOperator],
  ['ConcatFromSequence', concatFromSequence],
  ['Constant', constantOperator],
  ['ConstantOfShape', constantOfShape],
  ['Conv', conv],
  ['ConvInteger', convInteger],
  ['ConvTranspose', convTranspose],
  ['CumSum', cumulative],
  ['DFT', fourier],
  ['DepthToSpace', depthToSpace],
  ['DequantizeLinear', dequantizeLinear],
  ['DynamicQuantizeLinear', dynamicQuantizeLinear],
  ['Einsum', einsum],
  ['Expand', expandOperator],
  ['Flatten', flatten],
  ['GRU', recurrent],
  ['Gather', gather],
  ['GatherElements', gatherElements],
  ['GatherND', gatherNd],
  ['Gemm', gemm],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalLpPool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['GridSample', sample],
  ['GroupNormalization', groupNormalization],
  ['If', ifOperator],
  ['InstanceNormalization', instanceNormalization],
  ['LRN', localResponseNorm],
  ['LSTM', recurrent],
  ['LayerNormalization', layerNormalization],
  ['Loop', loop],
  ['LpPool', averagePool],
  ['MatMul', matMul],
  ['MatMulInteger', matMulInteger],
  ['MaxPool', maxPool],
  ['MaxRoiPool', sample],
  ['MaxUnpool', sample],
  ['NonZero', nonZero],
  ['PRelu', parametricRelu],
  ['Pad', pad],
  ['QLinearConv', qLinearConv],
  ['QLinearMatMul', qLinearMatMul],
  ['QuantizeLinear', quantizeLinear],
  ['RMSNormalization', rmsNormalization],
  ['RNN', recurrent],
  ['Range', range],
  ['Reshape', reshapeOperator],
  ['Resize', resize],
  ['RoiAlign', sample],
  ['RotaryEmbedding', rotaryEmbedding],
  ['Scan', scan],
  ['Scatter', scatter],
  ['ScatterElements', scatter],
  ['ScatterND', scatter],
  ['SequenceAt', sequenceAt],
  ['SequenceConstruct', sequenceConstruct],
  ['SequenceEmpty', sequenceEmpty],
  ['SequenceInsert', sequenceInsert],
  ['Shape', shape],
  // ONNX Runtime writes it without its domain.
  ['SimplifiedLayerNormalization', rmsNormalization],
  ['Size', size],
  ['Slice', sliceOperator],
  ['SpaceToDepth', spaceToDepth],
  ['Split', split],
  ['SplitToSequence', splitToSequence],
  ['Squeeze', squeeze],
  ['TensorScatter', scatter],
  ['Tile', tileOperator],
  ['TopK', choose],
  ['Transpose', transposeOperator],
  ['Trilu', triangle],
  ['Unsqueeze', unsqueeze],
  ['Upsample', resize],
  ['Where', where],
  ...MICROSOFT_OPERATORS,
]);
