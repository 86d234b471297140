export {
  type LayerQuality,
  type MeasuredLayer,
  measureLayers,
  type NoTail,
  type SpectrumTail,
} from './layer-quality';
export {
  NETWORK_MEASURES,
  type NetworkMeasure,
  type NetworkQuality,
  networkQuality,
} from './network-quality';
export { isMeasured } from './weight-arrays';
