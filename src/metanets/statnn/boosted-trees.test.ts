import { describeMetanet } from '../../testing';
import { boostedTreesWeights, runBoostedTrees } from './boosted-trees';

describeMetanet('statnn', boostedTreesWeights, runBoostedTrees);
