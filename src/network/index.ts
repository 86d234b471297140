export type {
  ChannelRange,
  ChannelRead,
  ChannelSet,
  Choice,
  Corrections,
  CorrectionValue,
  CountChoice,
  Inference,
  Layer,
  Network,
  NormKind,
  NotUnderstood,
  Operation,
  OptionChoice,
  OrderChoice,
  Ordering,
  VectorView,
  WeightView,
} from './network';
export { readNetwork } from './read-network';
export { UnsupportedModelError } from './unsupported-model-error';
