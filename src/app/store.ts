/** The page's state, and nothing else: what is open, what is selected, what the metanet says. Changed by ./actions. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Verdict } from '../tasks';
import type { ModelSummary } from '../workers/model-worker';
import type { BackendReport } from '../workers/open-predictor';
import { type Preferences, readPreferences } from './preferences';

export type Selection =
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'node'; readonly node: number }
  /** One connection: a pair of nodes of one block. */
  | { readonly kind: 'edge'; readonly block: number; readonly pair: number };

export type VerdictState =
  | { readonly status: 'waiting' }
  | { readonly status: 'running'; readonly share: number; readonly since: number }
  | { readonly status: 'done'; readonly verdict: Verdict; readonly notice: string | undefined }
  | { readonly status: 'refused'; readonly reason: string }
  | { readonly status: 'cancelled' };

export interface Sample {
  readonly file: string;
  readonly title: string;
  readonly note: string;
}

export interface State extends Preferences {
  readonly opening: { readonly name: string } | undefined;
  /** Changes with every model opened, so that what belongs to the last one can be told apart. */
  readonly modelNumber: number;
  readonly model: ModelSummary | undefined;
  readonly error: string | undefined;
  readonly selection: Selection | undefined;
  readonly verdict: VerdictState;
  readonly backend: BackendReport | undefined;
  /** Largest relative difference between the engine and the plain reference on the last self-check. */
  readonly selfCheck: number | 'running' | undefined;
  readonly samples: readonly Sample[];
  /** The Zoo view lies over the graph. */
  readonly isZooOpen: boolean;
}

export const store = createStore<State>(() => ({
  opening: undefined,
  modelNumber: 0,
  model: undefined,
  error: undefined,
  selection: undefined,
  verdict: { status: 'waiting' },
  backend: undefined,
  selfCheck: undefined,
  samples: [],
  isZooOpen: false,
  ...readPreferences(),
}));

export const useApp = <T>(select: (state: State) => T): T => useStore(store, select);
