/** The state of the Zoo view. It outlives the view: who comes back from a network finds everything as it was left. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { RankResult } from '../../tasks';
import type { BackendReport } from '../../workers/predictors';
import type { FoundNetwork } from '../../workers/rank-worker';
import type { Sort } from './DataTable';
import { type Filters, NO_FILTERS } from './filters';
import type { PropertyName } from './properties';
import type { Zoo } from './zoo-data';

export interface Ranking {
  readonly status: 'none' | 'running' | 'done' | 'stopped' | 'failed';
  readonly found: ReadonlyMap<string, FoundNetwork>;
  readonly results: readonly RankResult[];
  /** Milliseconds until the last results. */
  readonly took: number;
  /** Of the metanets that have judged. */
  readonly backends: readonly BackendReport[];
  /** Why it failed. */
  readonly reason?: string;
}

export interface ZooState {
  /** The one that is shown, once loaded. */
  readonly zoo: Zoo | undefined;
  readonly error: string | undefined;
  /** Something to be told, in a sentence. */
  readonly notice: string | undefined;
  /** A zoo's id, or a person's own networks. */
  readonly section: string;
  /** Which of the zoo's metanets speaks. */
  readonly metanet: number;
  readonly chart: 'scatter' | 'calibration';
  readonly colour: PropertyName;
  readonly filters: Filters;
  readonly sort: Sort;
  readonly ranking: Ranking;
  readonly rankingSort: Sort;
}

/** The section of a person's own networks. */
export const YOURS = 'yours';

export const NO_RANKING: Ranking = {
  status: 'none',
  found: new Map(),
  results: [],
  took: 0,
  backends: [],
};

export const zooStore = createStore<ZooState>(() => ({
  zoo: undefined,
  error: undefined,
  notice: undefined,
  section: '',
  metanet: 0,
  chart: 'scatter',
  colour: 'norm',
  filters: { ...NO_FILTERS, split: 'test' },
  sort: { column: 'accuracy', isDescending: true },
  ranking: NO_RANKING,
  rankingSort: { column: 'place', isDescending: false },
}));

export const useZoo = <T>(select: (state: ZooState) => T): T => useStore(zooStore, select);

export const setFilters = (filters: Filters) => zooStore.setState({ filters });
