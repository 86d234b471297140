export type { LayerMatch, LayerWeight, SettingDifference } from './architecture';
export {
  type AlignedModels,
  type ComparedModel,
  compareModels,
  type DifferentArchitectures,
} from './compare';
export type { Difference, Rounding, TensorDifference, Verdict } from './differences';
export { interpolate } from './interpolate';
