export type { LayerMatch, LayerWeight, SettingDifference } from './architecture';
export { haveSameArchitecture } from './architecture';
export type { ModelValues } from './classes';
export {
  type AlignedModels,
  type ComparedModel,
  compareModels,
  type DifferentArchitectures,
} from './compare';
export type { Difference, Rounding, TensorDifference, Verdict } from './differences';
export { tensorDifferences } from './differences';
export { interpolate } from './interpolate';
export { type NeuronLikeness, neuronLikeness } from './neuron-likeness';
export { sendableGraph } from './sendable';
