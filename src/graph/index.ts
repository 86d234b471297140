export { buildGraph } from './build-graph';
export { type GroupPlace, type Layout, layoutGraph } from './layout';
export {
  type BlockShape,
  EDGE_KINDS,
  type EdgeBlock,
  type EdgeKind,
  type GraphShape,
  isCarrier,
  isWeightBlock,
  NODE_KINDS,
  type NodeGroup,
  type NodeKind,
  type ParameterGraph,
  type Pattern,
  shapeOfGraph,
  sourcesPerTarget,
  type TensorValues,
  targetsPerSource,
  type UnplacedTensor,
} from './parameter-graph';
export { type Random, randomPermutation, seededRandom } from './random';
export { permuteBlockValues, randomSymmetry, symmetryFactors } from './symmetry';
export { type ValuePlaces, valuePlaces } from './value-places';
export { blockValues, forEachEdge, readAllValues, readBlockValues, writeBlockValues } from './values';
