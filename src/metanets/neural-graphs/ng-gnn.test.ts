import { describeMetanet } from '../../testing';
import { runNgGnn } from './ng-gnn';
import { ngGnnWeights } from './weights';

describeMetanet('ng-gnn', ngGnnWeights, runNgGnn);
