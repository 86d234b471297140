/**
 * The variables of a layer of Keras's as PyTorch would name them and lay them out: "conv2d/kernel" [height, width, in, out]
 * becomes "conv2d.weight" [out, in, height, width]. Nothing is copied. Keras 3 numbers a layer's variables; which is which
 * follows from the layer's class and the shapes.
 */
import { permutedTensor } from '../permuted';
import type { StoredTensor } from '../tensor';

/** The variables of one layer, in Keras's order. */
export interface LayerVariables {
  /** "features.conv2d". */
  readonly name: string;
  /** What tells the layer's class: "separable_conv2d_1". */
  readonly hint: string;
  readonly variables: readonly { readonly name: string | undefined; readonly tensor: StoredTensor }[];
}

/** Names of Keras's variables, and of PyTorch's. */
const TORCH_NAMES: ReadonlyMap<string, string> = new Map([
  ['kernel', 'weight'],
  ['depthwise_kernel', 'weight'],
  ['pointwise_kernel', 'pointwise.weight'],
  ['recurrent_kernel', 'weight_hh_l0'],
  ['embeddings', 'weight'],
  ['gamma', 'weight'],
  ['alpha', 'weight'],
  ['beta', 'bias'],
  ['bias', 'bias'],
  ['moving_mean', 'running_mean'],
  ['moving_variance', 'running_var'],
  ['mean', 'running_mean'],
  ['variance', 'running_var'],
]);

const KERNELS = ['kernel', 'depthwise_kernel', 'pointwise_kernel', 'recurrent_kernel'];

/** The variables under PyTorch's names, in PyTorch's layout. */
export function torchTensors(layer: LayerVariables): StoredTensor[] {
  const { name: layerName, hint, variables } = layer;
  const tensors = variables.map(({ tensor }) => tensor);
  const guessed = guessNames(hint, tensors);
  const names = variables.map(({ name }, index) => name ?? guessed[index] ?? String(index));
  const torchNames = names.includes('recurrent_kernel') ? RECURRENT_NAMES : TORCH_NAMES;
  const bias = tensors[names.indexOf('bias')];
  return tensors.map((tensor, index) => {
    const torchName = torchNames.get(names[index]) ?? names[index];
    const fullName = layerName === '' ? torchName : `${layerName}.${torchName}`;
    const axes = torchAxes(names[index], tensor, hint, bias);
    return (axes && permutedTensor(tensor, fullName, axes)) ?? { ...tensor, name: fullName };
  });
}

/** Which of Keras's axes make each of PyTorch's; undefined where they are the same. */
function torchAxes(
  name: string,
  tensor: StoredTensor,
  hint: string,
  bias: StoredTensor | undefined,
): number[][] | undefined {
  const rank = tensor.shape.length;
  const isAttention = HEADS.test(hint) || JOINED_HEADS.test(hint);
  if (isAttention && name === 'kernel' && rank === 3) return HEADS.test(hint) ? [[1, 2], [0]] : [[2], [0, 1]];
  if (isAttention && name === 'bias' && rank === 2) return [[0, 1]];
  if (rank < 2 || !KERNELS.includes(name)) return undefined;
  const isDepthwise = name === 'depthwise_kernel' || (name === 'kernel' && readsAlone(hint, tensor, bias));
  const last = rank - 1;
  const spatial = Array.from({ length: last - 1 }, (_, axis) => [axis]);
  // [kernel…, in, multiplier] as [in · multiplier, 1, kernel…]; any other [kernel…, a, b] as [b, a, kernel…].
  return isDepthwise ? [[last - 1, last], [], ...spatial] : [[last], [last - 1], ...spatial];
}

/** Projections of attention: [in, heads, size] and [heads, size, out]. */
const HEADS = /(^|\s)(query|key|value)(_dense)?$/;
const JOINED_HEADS = /(^|\s)(attention_output|output_dense)$/;

const RECURRENT_NAMES: ReadonlyMap<string, string> = new Map([
  ['kernel', 'weight_ih_l0'],
  ['recurrent_kernel', 'weight_hh_l0'],
  ['bias', 'bias_ih_l0'],
]);

/** A depthwise kernel is told by its layer's name, or by a bias for every pair of channel and multiplier. */
function readsAlone(hint: string, { shape }: StoredTensor, bias: StoredTensor | undefined): boolean {
  if (shape.length < 3) return false;
  const [channels, multiplier] = shape.slice(-2);
  if (/depthwise|(^|[_\s])dw([_\s\d]|$)/i.test(hint)) return multiplier <= channels;
  return channels > 1 && bias?.elementCount === channels * multiplier && bias.elementCount !== multiplier;
}

/** Names of numbered variables. */
function guessNames(hint: string, tensors: readonly StoredTensor[]): string[] {
  const isMatrix = tensors.map(({ shape }) => shape.length > 1);
  const [first, second] = isMatrix;
  if (/embedding/.test(hint) && tensors.length === 1) return ['embeddings'];
  if (!first) {
    if (/(^|\s)normalization(_\d+)?$/.test(hint)) return ['mean', 'variance', 'count'];
    if (tensors.length >= 4) return ['gamma', 'beta', 'moving_mean', 'moving_variance'];
    if (tensors.length === 3) return ['beta', 'moving_mean', 'moving_variance'];
    const isBatch = /batch_norm/.test(hint) && tensors.length === 2;
    return isBatch ? ['moving_mean', 'moving_variance'] : ['gamma', 'beta'];
  }
  if (/p_re_lu/.test(hint)) return ['alpha'];
  const isRecurrent = second && /(^|\s)cell$|lstm|gru|rnn/.test(hint);
  if (isRecurrent) return ['kernel', 'recurrent_kernel', 'bias'];
  const isPair = second && tensors[0].shape.length > 2 && tensors[0].shape.length === tensors[1].shape.length;
  if (/separable/.test(hint) || isPair) return ['depthwise_kernel', 'pointwise_kernel', 'bias'];
  return ['kernel', 'bias'];
}
