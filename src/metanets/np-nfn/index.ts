export { runNpNfn } from './np-nfn';
export { type NpNfnWeights, npNfnWeights } from './weights';
