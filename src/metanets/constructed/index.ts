export type { ComputationGraph } from './computation-graph';
export { type ForwardPass, type OnRound, runForwardPass } from './forward-pass';
export { runGmnForwardPass } from './gmn-forward-pass';
export { constructedStatistics } from './statistics';
export type { WrittenActivations } from './unroll/run-operators';
export { type NetworkInput, type UnrolledNetwork, unrollNetwork } from './unroll/unroll-network';
