import { describeMetanet } from '../../testing';
import { runNgT } from './ng-t';
import { ngTWeights } from './weights';

describeMetanet('ng-t', ngTWeights, runNgT);
