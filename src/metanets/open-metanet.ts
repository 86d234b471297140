/** The metanets by the names that their checkpoints carry (training/metanets/registry.py), each run by its plain reference. */
import { boostedTreesWeights, runBoostedTrees, SPECTRAL_STATNN, STATNN } from './boosted-trees';
import type { Checkpoint } from './checkpoint';
import { deepSetsWeights, runDeepSets } from './deepsets';
import { dmcWeights, runDmc } from './dmc';
import { gmnWeights, runGmn } from './gmn';
import type { MetanetInput } from './input';
import { ngGnnWeights, ngTWeights, runNgGnn, runNgT } from './neural-graphs';
import { npNfnWeights, runNpNfn } from './np-nfn';
import type { MetanetOutput } from './output';
import { runStatNN, statNNWeights } from './statnn';

type Run = (input: MetanetInput) => MetanetOutput;

/** Reads the weights once, and gives what runs them. */
function bind<Weights>(
  read: (checkpoint: Checkpoint) => Weights,
  run: (weights: Weights, input: MetanetInput) => MetanetOutput,
) {
  return (checkpoint: Checkpoint): Run => {
    const weights = read(checkpoint);
    return (input) => run(weights, input);
  };
}

const METANETS: ReadonlyMap<string, (checkpoint: Checkpoint) => Run> = new Map([
  ['gmn', bind(gmnWeights, runGmn)],
  ['no-message', bind(gmnWeights, runGmn)],
  ['ng-gnn', bind(ngGnnWeights, runNgGnn)],
  ['ng-t', bind(ngTWeights, runNgT)],
  ['np-nfn', bind(npNfnWeights, runNpNfn)],
  ['statnn', bind(boostedTreesWeights(STATNN), runBoostedTrees)],
  ['spectral-statnn', bind(boostedTreesWeights(SPECTRAL_STATNN), runBoostedTrees)],
  ['statnn-mlp', bind(statNNWeights, runStatNN)],
  ['dmc', bind(dmcWeights, runDmc)],
  ['deepsets', bind(deepSetsWeights, runDeepSets)],
]);

/** Throws where the checkpoint is of a metanet that is not known here, or its weights do not fit its card. */
export function openMetanet(checkpoint: Checkpoint): Run {
  const { metanet, name } = checkpoint.card;
  const open = METANETS.get(metanet);
  if (!open) throw new Error(`This page does not know the metanet "${metanet}" (${name}).`);
  return open(checkpoint);
}
