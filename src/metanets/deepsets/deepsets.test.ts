import { describeMetanet } from '../../testing';
import { deepSetsWeights, runDeepSets } from './deepsets';

describeMetanet('deepsets', deepSetsWeights, runDeepSets);
