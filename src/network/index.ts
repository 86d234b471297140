export type {
  ChannelRange,
  ChannelRead,
  ChannelSet,
  Inference,
  Layer,
  Network,
  NormKind,
  NotUnderstood,
  Operation,
  Ordering,
  VectorView,
  WeightView,
} from './network';
export { readNetwork } from './read-network';
export { UnsupportedModelError } from './unsupported-model-error';
