export { type GmnOptions, type GmnOutput, runGmn } from './gmn';
export type { MetanetOutput } from './readout';
export { gmnToOnnx } from './to-onnx';
export { type GmnWeights, gmnWeights } from './weights';
