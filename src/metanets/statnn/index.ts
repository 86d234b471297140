export { type BoostedTreesWeights, boostedTreesWeights, runBoostedTrees } from './boosted-trees';
export { runStatNN, type StatNNWeights, statNNWeights } from './statnn';
