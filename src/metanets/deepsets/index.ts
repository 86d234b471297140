export { type DeepSetsWeights, deepSetsWeights, runDeepSets } from './deepsets';
