export { blocksOfGroup, type Neighbourhood, neighbourhood } from './neighbours';
export { type BlockPicture, blockPicture } from './picture';
export {
  AccuracyPredictor,
  type Backend,
  checkPredictable,
  type DomainCheck,
  NotPredictableError,
  type Verdict,
} from './predict-accuracy';
export { HISTOGRAM_BINS, type TensorStatistics, tensorStatistics } from './statistics';
