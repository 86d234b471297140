export { type GmnOptions, type GmnOutput, runGmn } from './gmn';
export { type GmnWeights, gmnWeights } from './weights';
