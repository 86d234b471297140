export { type Agreement, agreement } from './agreement';
export { checkValues, type TensorFinding, type ValueCheck } from './check-values';
export { type ComparedStatistics, compareStatistics } from './constructed-statistics';
export { structureOf } from './fingerprint';
export {
  type Activations,
  estimatedEdges,
  type FollowedPass,
  followForwardPass,
  followGmnForwardPass,
  largestDifference,
  type PassRound,
} from './forward-pass';
export { type ImportReport, importReport, type TensorFate, type TensorReport } from './import-report';
export { type KnownAccuracy, knownAccuracy } from './known-accuracy';
export { blocksOfGroup, type Neighbourhood, neighbourhood } from './neighbours';
export type { NeuronFinding } from './neuron-marks';
export { type BlockPicture, blockPicture } from './picture';
export {
  AccuracyPredictor,
  type Backend,
  checkedInput,
  checkPredictable,
  type DomainCheck,
  NotPredictableError,
  predictedAccuracy,
  type Verdict,
} from './predict-accuracy';
export {
  type ChooseMetanet,
  type NetworkFile,
  type RankedNetwork,
  type RankingMetanet,
  type RankResult,
  rankNetworks,
} from './rank-networks';
export { type Saliency, type SaliencySums, type SalientEdge, strongestEdges } from './saliency';
export { sha256 } from './sha256';
export { HISTOGRAM_BINS, type TensorStatistics, tensorStatistics } from './statistics';
export { strangeFacts } from './strange-facts';
export { MAX_PAIR_BYTES, type NetworkTrace, pairStateBytes } from './trace';
export {
  coordinatesIn,
  coordinatesOf,
  type NearNetwork,
  nearestNetworks,
  type OutlierTest,
  planePoint,
  readZooMap,
  type ZooMap,
} from './zoo-map';
