/** What a person may decide about a run. */
export interface RunOptions {
  /** Bytes that edge states may take; what does not fit is computed again in every round. */
  readonly budgetBytes: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}
