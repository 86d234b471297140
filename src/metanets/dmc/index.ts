export { type DmcWeights, dmcWeights, runDmc } from './dmc';
