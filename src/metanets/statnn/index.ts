export { STATNN_FEATURES, statnnFeatures, statnnStatistics } from './features';
export { runStatNN, type StatNNWeights, statNNWeights } from './statnn';
