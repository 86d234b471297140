/** Checkpoints of one training run, in the place of two models. */
import { MAX_CHECKPOINTS } from '../../workers/compare-limits';
import type { SeriesFile } from '../../workers/compare-series';
import { nameComparison } from '../address';
import { networkFile, networksOf } from '../open-zoo-network';
import { messageOf, withProgress } from '../worker-clients';
import { MAX_UNASKED_PAIRS } from './barrier';
import { BARRIER_POINTS } from './barrier-height';
import { compareApi, predict } from './compare-client';
import {
  type CompareState,
  compareStore,
  NO_STEPS,
  type Prediction,
  type ShownSeries,
} from './compare-store';
import { currentHash } from './comparing';
import { endSeries } from './end-series';
import { comparisonHash, type ZooRun } from './pair-address';
import { predictions } from './predictions';

/** What is being read; an answer to something earlier is dropped. */
let asked: object | undefined;

/** As a person numbers files: 9 comes before 10. */
const byPath = (a: SeriesFile, b: SeriesFile) => a.path.localeCompare(b.path, 'en', { numeric: true });

/**
 * Reads checkpoints and shows the first; `name`: of the run or the folder. Resolves to whether they are shown: if none can be
 * read, all stays as it was.
 */
export async function openSeries(name: string | undefined, files: readonly SeriesFile[]): Promise<boolean> {
  if (files.length > MAX_CHECKPOINTS) {
    const error = `There are ${files.length} files, and a series has up to ${MAX_CHECKPOINTS} checkpoints. Choose fewer.`;
    compareStore.setState({ error });
    return false;
  }
  return await loadSeries(name ?? `${files.length} checkpoints`, name, async () => files);
}

/** The same of files that are still to be loaded; `run`: which they are the checkpoints of, if the address can name that. */
async function loadSeries(
  title: string,
  name: string | undefined,
  load: () => Promise<readonly SeriesFile[]>,
  run?: ZooRun,
): Promise<boolean> {
  const own = {};
  asked = own;
  const whileAsked = (state: Partial<CompareState>) => {
    if (asked === own) compareStore.setState(state);
  };
  whileAsked({ opening: { name: title }, error: undefined });
  try {
    const files = await load();
    if (asked !== own) return false;
    const series = await withProgress(
      (share: number) => whileAsked({ opening: { name: title, share } }),
      (onProgress) => compareApi().openSeries([...files].sort(byPath), onProgress),
    );
    if (asked !== own) return false;
    asked = undefined;
    endSeries();
    const shown: ShownSeries = { ...series, name, place: 0, isPlaying: false, predictions: NO_STEPS };
    compareStore.setState({ series: shown, opening: undefined, selection: undefined });
    nameComparison(comparisonHash({ series: run }));
    const pairs = series.graph.pairCount * series.checkpoints.length;
    if (pairs <= 2 * BARRIER_POINTS * MAX_UNASKED_PAIRS) void predictSeries();
    return true;
  } catch (error) {
    whileAsked({ opening: undefined, error: messageOf(error) });
    return false;
  }
}

export function cancelSeries(): void {
  asked = undefined;
  compareStore.setState({ opening: undefined });
  void compareApi().stop();
}

/** Shows the checkpoints of a run of a zoo that come with the page. */
export async function openZooRun(zooRun: ZooRun): Promise<void> {
  const { zoo, run } = zooRun;
  const load = async () => {
    const names = (await networksOf(zoo)).filter((name) => name.startsWith(`${run}-`));
    if (names.length === 0) throw new Error(`The zoo holds no files of ${run}.`);
    const files = names.map(async (name) => ({
      path: name,
      files: [{ name, blob: await networkFile({ zoo, name }) }],
    }));
    return await Promise.all(files);
  };
  await loadSeries(run, run, load, zooRun);
}

/** Goes back to two models. */
export function closeSeries(): void {
  endSeries();
  nameComparison(currentHash());
}

export function changeSeries(
  change: Partial<Pick<ShownSeries, 'place' | 'isPlaying' | 'predictions'>>,
): void {
  compareStore.setState(({ series }) => ({ series: series && { ...series, ...change } }));
}

/** Shows another checkpoint; one beyond either end is the one at that end. */
export function showCheckpoint(place: number): void {
  const last = (compareStore.getState().series?.checkpoints.length ?? 1) - 1;
  changeSeries({ place: Math.min(last, Math.max(0, place)) });
}

export async function predictSeries(): Promise<void> {
  const { series } = compareStore.getState();
  if (!series) return;
  const { checkpoints, graph } = series;
  const api = compareApi();
  await predictions.run<Prediction>(
    checkpoints.length,
    async (index, signal) => {
      const values = await api.allValues(checkpoints[index].id);
      signal.throwIfAborted();
      return await predict(graph, values);
    },
    (points) => {
      if (compareStore.getState().series?.checkpoints === checkpoints) changeSeries({ predictions: points });
    },
  );
}
