import { describeMetanet } from '../testing';
import { boostedTreesWeights, runBoostedTrees, SPECTRAL_STATNN, STATNN } from './boosted-trees';

describeMetanet('statnn', boostedTreesWeights(STATNN), runBoostedTrees);
describeMetanet('spectral-statnn', boostedTreesWeights(SPECTRAL_STATNN), runBoostedTrees);
