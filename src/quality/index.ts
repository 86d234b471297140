export { type LayerQuality, measureLayers, type NoTail, type SpectrumTail } from './layer-quality';
export {
  NETWORK_MEASURES,
  type NetworkMeasure,
  type NetworkQuality,
  networkQuality,
} from './network-quality';
