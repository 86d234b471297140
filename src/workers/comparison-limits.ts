/**
 * Pairs of nodes up to which the other metanets are asked: where the plain references answer within seconds, and where a
 * graphics card does, with at most about 400 MB for the edge states of NG-GNN and NG-T.
 */
export const MAX_PAIRS = { cpu: 60_000, gpu: 250_000 } as const;
