/**
 * What a network ends with: a linear layer, or the Sequential that somebody put into its place for a task of their own
 * ("fc.1.weight", "fc.4.weight"), whose activations and dropout hold no tensors.
 */
import { type ActivationType, nameOfActivation } from './activation-types';
import type { InferenceBuilder, Value } from './inference-builder';
import { activation, batchNorm, layerNorm, linear, need } from './layers';
import { inNaturalOrder, type Module, parentOf } from './module';

const isLinear = (layer: Module) => need(layer, 'weight').shape.length === 2;

function writeLayer(builder: InferenceBuilder, x: Value, layer: Module): Value {
  if (isLinear(layer)) return linear(builder, x, layer);
  return layer.tensor('running_mean') ? batchNorm(builder, x, layer) : layerNorm(builder, x, layer);
}

/** True where a number is left out between two layers of a Sequential. Of layers with names a norm belongs to the one before it. */
function hasGap(before: Module, after: Module): boolean {
  const isSequential =
    [before, after].every(({ name }) => /^\d+$/.test(name)) && parentOf(before.path) === parentOf(after.path);
  return isSequential ? Number(after.name) > Number(before.name) + 1 : isLinear(after);
}

/**
 * The head's results for features [1, channels]; without a head, the features. `type`: what follows its hidden layers, where the
 * family knows. Between two linear layers it stands in the first gap. Throws MismatchError where the shapes do not fit.
 */
export function head(
  builder: InferenceBuilder,
  features: Value,
  module: Module | undefined,
  type?: ActivationType,
): Value {
  const layers = inNaturalOrder(module?.withTensors ?? []);
  const last = layers.findLastIndex(isLinear);
  const follows = type ?? 'Relu';
  let isActive = true;
  const logits = layers.reduce((x, layer, place) => {
    const y = writeLayer(builder, x, layer);
    if (isLinear(layer)) isActive = false;
    if (isActive || place >= last || !hasGap(layer, layers[place + 1])) return y;
    isActive = true;
    return activation(builder, y, follows);
  }, features);
  if (layers.length > 1 && !type)
    builder.assume(
      `The layers of "${module?.path}" follow one another, and ${nameOfActivation(follows).label} every linear one but the last: the file does not say`,
    );
  return logits;
}
