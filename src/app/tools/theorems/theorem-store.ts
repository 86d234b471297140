/** What the Theorems tool knows of the open network: kept while another tool is looked at. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ComparedStatistics } from '../../../tasks';
import type { NetworkValue } from '../../../workers/network-runner';
import type { NamedPass } from '../../../workers/theorem-worker';

export interface ForwardPassResult {
  readonly pass: NamedPass;
  /** The network's first output by ONNX Runtime. */
  readonly expected: NetworkValue;
}

/** `share`: of the rounds, 0 before the first. */
export type Answer<T> =
  | { readonly status: 'none' | 'stopped' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly value: T }
  | { readonly status: 'failed'; readonly reason: string };

export type Theorem = 'forward-pass' | 'statistics';

export interface TheoremState {
  readonly theorem: Theorem;
  /** The page's number of the model that the answers are about. */
  readonly modelNumber: number;
  /** Of the random input. */
  readonly seed: number;
  readonly pass: Answer<ForwardPassResult>;
  /** Whether the checkpoints' own GMN is wanted. */
  readonly isGmn: boolean;
  /** [depth + 1][outputs] */
  readonly gmn: Answer<readonly Float64Array[]>;
  readonly statistics: Answer<readonly ComparedStatistics[]>;
}

export const NOTHING = { status: 'none' } as const;

export const theorems = createStore<TheoremState>(() => ({
  theorem: 'forward-pass',
  modelNumber: 0,
  seed: 1,
  pass: NOTHING,
  isGmn: false,
  gmn: NOTHING,
  statistics: NOTHING,
}));

export const useTheorems = <T>(select: (state: TheoremState) => T): T => useStore(theorems, select);
