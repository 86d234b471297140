import { describeMetanet } from '../../testing';
import { runStatNN, statNNWeights } from './statnn';

describeMetanet('statnn-mlp', statNNWeights, runStatNN);
