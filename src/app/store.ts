/** The page's state, and nothing else: what is open, what is selected, what the metanet says. Changed by ./actions. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Corrections } from '../network';
import type { Saliency, ValueCheck, Verdict } from '../tasks';
import type { Opinion } from '../workers/comparison-worker';
import type { ModelSummary } from '../workers/model-worker';
import type { BackendReport } from '../workers/open-predictor';
import { type Preferences, readPreferences } from './preferences';
import type { Source } from './share/share-link';

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

/** Looking for what is wrong with the open model's numbers. */
export type ValueCheckState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly check: ValueCheck }
  | { readonly status: 'failed'; readonly reason: string };

/** What is shown under the verdict. */
export type Tool = 'details' | 'saliency';

/** What the prediction hangs on. */
export type SaliencyState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly saliency: Saliency }
  | { readonly status: 'failed'; readonly reason: string };

/** What the other metanets say of the open model. */
export interface Opinions {
  readonly opinions: readonly Opinion[];
  readonly isDone: boolean;
  readonly error?: string;
}

export const NO_OPINIONS: Opinions = { opinions: [], isDone: false };

/** What a person has corrected of what was inferred of the open model. */
export interface CorrectionHistory {
  readonly current: Corrections;
  /** Latest last. */
  readonly past: readonly Corrections[];
}

export const UNCORRECTED: CorrectionHistory = { current: {}, past: [] };

export interface Sample {
  readonly file: string;
  readonly title: string;
  readonly note: string;
}

export interface State extends Preferences {
  readonly opening: { readonly name: string } | undefined;
  /** Changes with every model opened, and every edit of one, so that what belongs to the last one can be told apart. */
  readonly modelNumber: number;
  readonly model: ModelSummary | undefined;
  /** Where the open model is to be had; undefined where it takes several files. */
  readonly source: Source | undefined;
  readonly error: string | undefined;
  readonly selection: Selection | undefined;
  readonly verdict: VerdictState;
  readonly opinions: Opinions;
  readonly tool: Tool;
  readonly saliency: SaliencyState;
  readonly valueCheck: ValueCheckState;
  readonly corrections: CorrectionHistory;
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
  source: undefined,
  error: undefined,
  selection: undefined,
  verdict: { status: 'waiting' },
  opinions: NO_OPINIONS,
  tool: 'details',
  saliency: { status: 'none' },
  valueCheck: { status: 'none' },
  corrections: UNCORRECTED,
  backend: undefined,
  selfCheck: undefined,
  samples: [],
  isZooOpen: false,
  ...readPreferences(),
}));

export const useApp = <T>(select: (state: State) => T): T => useStore(store, select);
