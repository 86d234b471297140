export { buildGraph, isWeightBlock } from './build-graph';
export {
  type EdgeBlock,
  type EdgeKind,
  type NodeGroup,
  type NodeKind,
  type ParameterGraph,
  type Pattern,
  sourcesPerTarget,
  type TensorValues,
  targetsPerSource,
  type UnplacedTensor,
} from './parameter-graph';
export { type Random, randomPermutation, seededRandom } from './random';
export { permuteBlockValues, randomSymmetry, symmetryFactors } from './symmetry';
export { blockValues, forEachEdge, readAllValues, readBlockValues, writeBlockValues } from './values';
