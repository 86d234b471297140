/** ModelFile → Network, by the program where the file has one, from names and shapes where it has not. */
import type { ModelFile } from '../formats';
import type { Corrections, Network } from './network';
import { lowerOnnx } from './onnx/lower-onnx';
import { inferNetwork } from './state-dict/infer-network';
import { UnsupportedModelError } from './unsupported-model-error';

/**
 * `corrections`: what a person says instead of what was inferred (Network.inference.choices). Throws UnsupportedModelError
 * where the file holds no layer with weights, or a correction does not fit.
 */
export async function readNetwork(model: ModelFile, corrections: Corrections = {}): Promise<Network> {
  if (model.program && Object.keys(corrections).length > 0) {
    throw new UnsupportedModelError(
      'The file says itself how its layers are connected, so there is nothing to correct',
      model.fileName,
      'Open it without corrections.',
    );
  }
  const network = model.program ? await lowerOnnx(model) : await inferNetwork(model, corrections);
  if (network.layers.some(({ operation }) => operation.kind === 'linear' || operation.kind === 'conv'))
    return network;
  if (model.program && ![...network.tensors.values()].some(({ elementCount }) => elementCount > 1)) {
    throw new UnsupportedModelError(
      'The model holds a graph of operators and no weights',
      model.fileName,
      'Export it again with its weights (export_params=True), or add the file that holds them.',
    );
  }
  const [first] = network.notUnderstood;
  throw new UnsupportedModelError(
    'No linear or convolution layer was found, so there is no parameter graph to draw',
    first ? `${model.fileName}, ${first.type} "${first.operator}" ${first.reason}` : model.fileName,
    'Open a neural network; for tables, trees and statistics there is nothing to show here.',
  );
}
