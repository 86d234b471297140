/** The state of the Compare view. It outlives the view: who comes back finds everything as it was left. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Accuracy } from '../../images';
import type { Verdict } from '../../tasks';
import type { Series } from '../../workers/compare-series';
import type { Comparison, HeldModel, NamedBlob } from '../../workers/compare-worker';
import type { Sort } from '../zoo/DataTable';

/** Where a model to compare comes from. */
export type Choice =
  /** The one that is open in the page, with its edits. */
  | { readonly kind: 'open' }
  | { readonly kind: 'sample'; readonly file: string }
  | { readonly kind: 'zoo'; readonly zoo: string; readonly name: string }
  | { readonly kind: 'files'; readonly files: readonly NamedBlob[] }
  /** The left one, its neurons in another order. */
  | { readonly kind: 'shuffled'; readonly seed: number };

export type SideName = 'left' | 'right';

export interface Side extends HeldModel {
  readonly choice: Choice;
  /** Of the model that was open when it was taken, if it was. */
  readonly modelNumber: number | undefined;
}

export type ComparisonState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly result: Comparison; readonly milliseconds: number }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'stopped' };

/** What is marked: a layer of each model, as far as each has it, or a node by its number in one of them. */
export type ComparedSelection =
  | { readonly kind: 'layer'; readonly left: number | undefined; readonly right: number | undefined }
  | { readonly kind: 'node'; readonly side: SideName; readonly node: number };

/** What is predicted at one place between two models, or for one checkpoint. */
export type Prediction = Pick<Verdict, 'accuracy' | 'low' | 'high' | 'domain'>;

/** What is found at this share of the way from the left model to the right one: as the files have them, and aligned. */
export interface BarrierPoint<Value> {
  readonly share: number;
  readonly asFiled: Value;
  readonly aligned: Value;
}

/** Predictions or measurements, one after the other, as they come. */
export interface Steps<Point> {
  readonly status: 'none' | 'running' | 'done' | 'stopped' | 'failed';
  readonly points: readonly Point[];
  /** Why it failed. */
  readonly reason?: string;
}

export const NO_STEPS: Steps<never> = { status: 'none', points: [] };

export interface ShownSeries extends Series {
  /** Of the run or the folder, where there is one. */
  readonly name: string | undefined;
  /** Which checkpoint is drawn. */
  readonly place: number;
  readonly isPlaying: boolean;
  readonly predictions: Steps<Prediction>;
}

export interface CompareState {
  readonly left: Side | undefined;
  readonly right: Side | undefined;
  /** What is being read. */
  readonly opening: { readonly name: string; readonly share?: number } | undefined;
  readonly error: string | undefined;
  readonly comparison: ComparisonState;
  /** The right graph is drawn in the order of the left one's neurons. */
  readonly isAligned: boolean;
  readonly selection: ComparedSelection | undefined;
  readonly barrier: Steps<BarrierPoint<Prediction>>;
  /** On a person's own images. */
  readonly trueBarrier: Steps<BarrierPoint<Accuracy>>;
  readonly sort: Sort;
  /** In the place of two models. */
  readonly series: ShownSeries | undefined;
  readonly seriesFrom: 'first' | 'previous';
}

export const compareStore = createStore<CompareState>(() => ({
  left: undefined,
  right: undefined,
  opening: undefined,
  error: undefined,
  comparison: { status: 'none' },
  isAligned: false,
  selection: undefined,
  barrier: NO_STEPS,
  trueBarrier: NO_STEPS,
  sort: { column: 'place', isDescending: false },
  series: undefined,
  seriesFrom: 'first',
}));

export const useCompare = <T>(select: (state: CompareState) => T): T => useStore(compareStore, select);

export const showError = (error: string): void => compareStore.setState({ error });

/** What aligning found, where two models of one architecture were compared. */
export function alignmentOf({ comparison }: Pick<CompareState, 'comparison'>) {
  return comparison.status === 'done' && comparison.result.kind === 'aligned' ? comparison.result : undefined;
}
