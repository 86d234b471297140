export { type BoostedTreesWeights, boostedTreesWeights, runBoostedTrees } from './boosted-trees';
export { statnnStatistics } from './features';
export { runStatNN, type StatNNWeights, statNNWeights } from './statnn';
