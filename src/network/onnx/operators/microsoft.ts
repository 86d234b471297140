/** ONNX Runtime's own operators (domain com.microsoft) that are understood. */
import type { OperatorHandler } from '../lowering';
import { unary } from './activations';
import {
  biased,
  embedLayerNormalization,
  fusedMatMul,
  lastGroupNorm,
  quantisedEmbedLayerNormalization,
  quickGelu,
  skipNorm,
  withActivation,
} from './fused';
import {
  groupQueryAttention,
  microsoftAttention,
  multiHeadAttention,
  quantisedAttention,
} from './fused-attention';
import { layerNormalization, rmsNormalization } from './normalisation';
import { gatherBlockQuantized, matMulNBits } from './packed-weights';
import { dequantizeLinear, onQuantised, quantizeLinear } from './quantisation';
import {
  dynamicQuantizeLstm,
  dynamicQuantizeMatMul,
  matMulIntegerToFloat,
  qGemm,
  qLinearConcat,
} from './quantised-layers';
import { microsoftRotaryEmbedding } from './rotary';

const HANDLERS: readonly (readonly [string, OperatorHandler])[] = [
  ['Attention', microsoftAttention],
  ['BiasAdd', withActivation('Add')],
  ['BiasGelu', biased('Gelu')],
  ['DequantizeLinear', dequantizeLinear],
  ['DynamicQuantizeLSTM', dynamicQuantizeLstm],
  ['DynamicQuantizeMatMul', dynamicQuantizeMatMul],
  ['EmbedLayerNormalization', embedLayerNormalization],
  ['FastGelu', biased('Gelu')],
  ['FusedConv', withActivation('Conv', 3)],
  ['FusedGemm', withActivation('Gemm')],
  ['FusedMatMul', fusedMatMul],
  ['FusedMatMulActivation', fusedMatMul],
  ['GatherBlockQuantized', gatherBlockQuantized],
  ['Gelu', unary],
  ['GroupNorm', lastGroupNorm(false)],
  ['GroupQueryAttention', groupQueryAttention],
  ['LayerNormalization', layerNormalization],
  ['MatMulIntegerToFloat', matMulIntegerToFloat],
  ['MatMulNBits', matMulNBits],
  ['MultiHeadAttention', multiHeadAttention],
  ['QAttention', quantisedAttention],
  ['QEmbedLayerNormalization', quantisedEmbedLayerNormalization],
  ['QGemm', qGemm],
  ['QLinearAdd', onQuantised('Add', [0, 3])],
  ['QLinearAveragePool', onQuantised('AveragePool', [0])],
  ['QLinearConcat', qLinearConcat],
  ['QLinearGlobalAveragePool', onQuantised('GlobalAveragePool', [0])],
  ['QLinearLeakyRelu', onQuantised('LeakyRelu', [0])],
  ['QLinearMul', onQuantised('Mul', [0, 3])],
  ['QLinearReduceMean', onQuantised('ReduceMean', [0])],
  ['QLinearSigmoid', onQuantised('Sigmoid', [0])],
  ['QLinearSoftmax', onQuantised('Softmax', [0])],
  ['QuantizeLinear', quantizeLinear],
  ['QuickGelu', quickGelu],
  ['RotaryEmbedding', microsoftRotaryEmbedding],
  ['SimplifiedLayerNormalization', rmsNormalization],
  ['SkipGroupNorm', lastGroupNorm(true)],
  ['SkipLayerNormalization', skipNorm('LayerNormalization', { scale: 2, shift: 3, bias: 4 })],
  ['SkipSimplifiedLayerNormalization', skipNorm('RMSNormalization', { scale: 2, bias: 3 })],
  ['TransposeMatMul', fusedMatMul],
];

export const MICROSOFT_OPERATORS = HANDLERS.map(
  ([type, handler]) => [`com.microsoft.${type}`, handler] as const,
);
