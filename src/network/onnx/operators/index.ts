/** Every ONNX operator that is understood, by type. What is not here is reported by name. */
import type { OperatorCall, Value } from '../lowering';
import { range, triangle } from './constants';
import { arithmetic, localResponseNorm, parametricRelu, unary, where } from './elementwise';
import { conv, convTranspose, gemm, matMul } from './linear';
import {
  concatOperator,
  constantOfShape,
  constantOperator,
  expand,
  flatten,
  gather,
  pad,
  reshapeOperator,
  resize,
  shape,
  sliceOperator,
  split,
  squeeze,
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
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduce } from './pooling';

export type OperatorHandler = (call: OperatorCall) => Value[];

const ELEMENTWISE_UNARY = [
  ...['Identity', 'Cast', 'CastLike', 'Dropout', 'LpNormalization', 'MeanVarianceNormalization'],
  ...['Abs', 'Ceil', 'Exp', 'Floor', 'IsNaN', 'Log', 'Neg', 'Not', 'Reciprocal', 'Round', 'Sign', 'Sqrt'],
  ...[
    'Celu',
    'Clip',
    'Cos',
    'Elu',
    'Erf',
    'Gelu',
    'HardSigmoid',
    'HardSwish',
    'LeakyRelu',
    'LogSoftmax',
    'Mish',
  ],
  ...[
    'Relu',
    'Selu',
    'Sigmoid',
    'Sin',
    'Softmax',
    'Softplus',
    'Softsign',
    'Swish',
    'Tanh',
    'ThresholdedRelu',
  ],
];

const ELEMENTWISE_NARY = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Max', 'Min', 'Pow', 'Mod', 'And', 'Or'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
];

const REDUCTIONS = ['Mean', 'Sum', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'Prod', 'LogSumExp'];

export const OPERATORS: ReadonlyMap<string, OperatorHandler> = new Map<string, OperatorHandler>([
  ...ELEMENTWISE_UNARY.map((type) => [type, unary] as const),
  ...ELEMENTWISE_NARY.map((type) => [type, arithmetic] as const),
  ...REDUCTIONS.map((name) => [`Reduce${name}`, reduce] as const),
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  ['Concat', concatOperator],
  ['Constant', constantOperator],
  ['ConstantOfShape', constantOfShape],
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
  ['Expand', expand],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Gemm', gemm],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['GroupNormalization', groupNormalization],
  ['InstanceNormalization', instanceNormalization],
  ['LRN', localResponseNorm],
  ['LayerNormalization', layerNormalization],
  ['LpPool', averagePool],
  ['MatMul', matMul],
  ['MaxPool', maxPool],
  ['PRelu', parametricRelu],
  ['Pad', pad],
  ['RMSNormalization', rmsNormalization],
  ['Range', (call) => [range(call)]],
  ['Reshape', reshapeOperator],
  ['Resize', resize],
  ['Shape', shape],
  ['Slice', sliceOperator],
  ['Split', split],
  ['Squeeze', squeeze],
  ['Transpose', transposeOperator],
  ['Trilu', (call) => [triangle(call)]],
  ['Unsqueeze', unsqueeze],
  ['Upsample', resize],
  ['Where', where],
]);
