export { type Agreement, agreement } from './agreement';
export { type KnownAccuracy, knownAccuracy } from './known-accuracy';
export { blocksOfGroup, type Neighbourhood, neighbourhood } from './neighbours';
export { type BlockPicture, blockPicture } from './picture';
export {
  AccuracyPredictor,
  type Backend,
  checkPredictable,
  type DomainCheck,
  NotPredictableError,
  predictedAccuracy,
  type Verdict,
} from './predict-accuracy';
export {
  type NetworkFile,
  type RankedNetwork,
  type RankingMetanet,
  type RankResult,
  rankNetworks,
} from './rank-networks';
export { HISTOGRAM_BINS, type TensorStatistics, tensorStatistics } from './statistics';
