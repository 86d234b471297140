export { type GmnOptions, type GmnOutput, runGmn } from './gmn';
export type { MetanetOutput } from './readout';
export { type GmnWeights, gmnWeights } from './weights';
