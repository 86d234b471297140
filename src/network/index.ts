export type {
  ChannelRange,
  ChannelRead,
  ChannelSet,
  Layer,
  Network,
  NormKind,
  NotUnderstood,
  Operation,
  VectorView,
  WeightView,
} from './network';
export { readNetwork } from './read-network';
export { UnsupportedModelError } from './unsupported-model-error';
