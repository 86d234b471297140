/** The page's state, and nothing else: what is open, what is selected, what the metanet says. Changed by ./actions. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Corrections } from '../network';
import type { Saliency, ValueCheck, Verdict } from '../tasks';
import type { Opinion } from '../workers/comparison-worker';
import type { ModelSummary } from '../workers/model-summary';
import type { EditState } from '../workers/model-worker';
import type { NetworkResults, NetworkValue } from '../workers/network-runner';
import type { BackendReport } from '../workers/predictors';
import type { Ensemble } from './ensemble';
import type { Part } from './graph-view/use-zoom';
import { type Preferences, readPreferences } from './preferences';
import type { Source } from './share/share-link';
import { FIRST_ROUND, NO_TRACE, type RoundsView, type TraceState } from './tools/rounds/state';
import type { Tool } from './tools/tool';
import type { ZooName } from './zoo-names';

export type Selection =
  | { readonly kind: 'layer'; readonly layer: number }
  | { readonly kind: 'node'; readonly node: number }
  /** One connection: a pair of nodes of one block. */
  | { readonly kind: 'edge'; readonly block: number; readonly pair: number };

/** `before`: what was said of the open model before an edit of it. */
export type VerdictState =
  | { readonly status: 'waiting'; readonly before?: Verdict }
  | { readonly status: 'running'; readonly share: number; readonly since: number; readonly before?: Verdict }
  | { readonly status: 'done'; readonly verdict: Verdict; readonly notice: string | undefined }
  | { readonly status: 'refused'; readonly reason: string }
  | { readonly status: 'cancelled' };

/** Looking for what is wrong with the open model's numbers. */
export type ValueCheckState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly check: ValueCheck }
  | { readonly status: 'failed'; readonly reason: string };

/** The graph, or what lies over it. */
export type View = 'graph' | 'zoo' | 'compare';

/** What the prediction hangs on. */
export type SaliencyState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly saliency: Saliency }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'stopped' };

/** What the other metanets say of the open model. */
export interface Opinions {
  /** Of the network as it is. */
  readonly opinions: readonly Opinion[];
  /** From before the last edit, of those that have not spoken since. */
  readonly before: readonly Opinion[];
  /** How they are heard together, once it is loaded. */
  readonly ensemble?: Ensemble;
  readonly isDone: boolean;
  readonly error?: string;
}

export const NO_OPINIONS: Opinions = { opinions: [], before: [], isDone: false };

export const NO_EDITS: EditState = { edits: [], canRedo: false };

/** What was said of the open model as its file has it, to set against what is said of it with edits. */
export interface Original {
  readonly verdict?: Verdict;
  readonly opinions?: readonly Opinion[];
}

/** What the open network is run on. */
export type NetworkInput =
  | { readonly kind: 'random'; readonly seed: number }
  | { readonly kind: 'picture'; readonly name: string; readonly values: readonly NetworkValue[] };

export const RANDOM_INPUT: NetworkInput = { kind: 'random', seed: 1 };

/** What the open network itself puts out for one input, as its file has it and with the edits. */
export interface Outputs {
  readonly before: NetworkResults;
  /** The same as `before` where there are no edits. */
  readonly after: NetworkResults;
}

export type OutputsState =
  | { readonly status: 'none' }
  /** To be run when the network is judged; `last`: before the edit. */
  | { readonly status: 'waiting'; readonly last?: Outputs }
  /** `last`: before another edit, or of another input. */
  | { readonly status: 'running'; readonly last?: Outputs }
  | { readonly status: 'done'; readonly outputs: Outputs }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'stopped' };

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
  /** Counts the models that were opened, or read again with corrections. */
  readonly opened: number;
  readonly model: ModelSummary | undefined;
  /** Where the open model is to be had; undefined where it takes several files. */
  readonly source: Source | undefined;
  readonly error: string | undefined;
  readonly selection: Selection | undefined;
  /** What was to be seen of the graph when it was opened, if not all. */
  readonly firstPart: Part | undefined;
  readonly verdict: VerdictState;
  readonly opinions: Opinions;
  readonly tool: Tool;
  readonly saliency: SaliencyState;
  readonly trace: TraceState;
  readonly roundsView: RoundsView;
  readonly valueCheck: ValueCheckState;
  readonly corrections: CorrectionHistory;
  readonly edits: EditState;
  readonly original: Original;
  readonly networkInput: NetworkInput;
  readonly outputs: OutputsState;
  /** Of the metanet that judges the open model. */
  readonly backend: BackendReport | undefined;
  /** Whose metanets a person wants to hear; by themselves those speak whose zoo the open model resembles. */
  readonly wantedZoo: string | undefined;
  readonly zoos: readonly ZooName[];
  /** Largest relative difference between the engine and the plain reference on the last self-check. */
  readonly selfCheck: number | 'running' | undefined;
  readonly samples: readonly Sample[];
  readonly view: View;
}

export const store = createStore<State>(() => ({
  opening: undefined,
  modelNumber: 0,
  opened: 0,
  model: undefined,
  source: undefined,
  error: undefined,
  selection: undefined,
  firstPart: undefined,
  verdict: { status: 'waiting' },
  opinions: NO_OPINIONS,
  tool: 'details',
  saliency: { status: 'none' },
  trace: NO_TRACE,
  roundsView: FIRST_ROUND,
  valueCheck: { status: 'none' },
  corrections: UNCORRECTED,
  edits: NO_EDITS,
  original: {},
  networkInput: RANDOM_INPUT,
  outputs: { status: 'none' },
  backend: undefined,
  wantedZoo: undefined,
  zoos: [],
  selfCheck: undefined,
  samples: [],
  view: 'graph',
  ...readPreferences(),
}));

export const useApp = <T>(select: (state: State) => T): T => useStore(store, select);

/** How the open network was changed, in the words of cards: shuffled neurons leave it what it was, unless of one side only. */
export const changesOf = ({ edits }: Pick<State, 'edits'>): string[] =>
  edits.edits.flatMap(({ kind }) =>
    kind === 'permute' ? [] : kind === 'permute-one-side' ? 'shuffle' : kind,
  );

/** The metanet has said what it can say. */
export const isSettled = ({ status }: VerdictState) => status !== 'waiting' && status !== 'running';

/** What the metanet has said last of the open model, be it before an edit. */
export function lastVerdict(state: VerdictState): Verdict | undefined {
  if (state.status === 'done') return state.verdict;
  return state.status === 'running' || state.status === 'waiting' ? state.before : undefined;
}

/** What the network has put out last, be it before an edit. */
export function lastOutputs(state: OutputsState): Outputs | undefined {
  if (state.status === 'done') return state.outputs;
  return state.status === 'running' || state.status === 'waiting' ? state.last : undefined;
}

/** Resolves when the state is, or becomes, such that the condition holds. */
export function until(isTrue: (state: State) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.subscribe(check);
    function check(state: State): void {
      if (!isTrue(state)) return;
      stop();
      resolve();
    }
    check(store.getState());
  });
}
