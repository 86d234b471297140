/** What the Compare view does with two models: reading one or the other, and comparing them. */
import { checkComparable } from '../../workers/compare-limits';
import type { HeldModel } from '../../workers/compare-worker';
import { nameComparison } from '../address';
import { openModelApi } from '../model-client';
import { networkFile } from '../open-zoo-network';
import { sampleFile } from '../opening';
import { store } from '../store';
import { Comlink, messageOf, withProgress } from '../worker-clients';
import { MAX_UNASKED_PAIRS, predictBarrier } from './barrier';
import { compareApi } from './compare-client';
import {
  type Choice,
  type ComparisonState,
  compareStore,
  NO_STEPS,
  type Side,
  type SideName,
} from './compare-store';
import { endSeries } from './end-series';
import { comparisonHash, type NamedChoice } from './pair-address';
import { stopPredicting } from './predictions';

/** What was asked for last on each side: an answer to something earlier is dropped. */
const asked: Record<SideName, Choice | undefined> = { left: undefined, right: undefined };

/** Reads a model and compares it with the other side's. Resolves to whether it was read: if not, all stays as it was. */
export async function choose(side: SideName, choice: Choice): Promise<boolean> {
  asked[side] = choice;
  compareStore.setState({ opening: { name: titleOf(choice) }, error: undefined });
  try {
    const { modelNumber } = store.getState();
    const model = await read(choice);
    if (asked[side] !== choice) {
      void compareApi().forget(model.id);
      return false;
    }
    show(side, { ...model, choice, modelNumber: choice.kind === 'open' ? modelNumber : undefined });
    const { right } = compareStore.getState();
    if (side === 'left' && right?.choice.kind === 'shuffled') await choose('right', right.choice);
    else await compare();
    return true;
  } catch (error) {
    if (asked[side] === choice) compareStore.setState({ opening: undefined, error: messageOf(error) });
    return false;
  }
}

/** What is being read is not wanted any more. */
export function cancelChoosing(): void {
  asked.left = asked.right = undefined;
  compareStore.setState({ opening: undefined });
}

function show(side: SideName, model: Side): void {
  endSeries();
  const old = compareStore.getState()[side];
  compareStore.setState({
    [side]: model,
    ...{ opening: undefined, selection: undefined, isAligned: false, comparison: { status: 'none' } },
  });
  if (old) void compareApi().forget(old.id);
  nameComparison(currentHash());
}

/** The address of what is compared. */
export function currentHash(): string {
  const { left, right } = compareStore.getState();
  return comparisonHash({ left: named(left?.choice), right: named(right?.choice) });
}

/** The choice as an address can name it; undefined where it cannot. */
function named(choice: Choice | undefined): NamedChoice | undefined {
  if (choice?.kind === 'files') return undefined;
  if (choice?.kind !== 'open') return choice;
  const { source, edits } = store.getState();
  return source && source.kind !== 'file' && edits.edits.length === 0 ? source : undefined;
}

function titleOf(choice: Choice): string {
  switch (choice.kind) {
    case 'open':
      return store.getState().model?.fileName ?? 'the open network';
    case 'sample':
      return choice.file;
    case 'zoo':
      return choice.name;
    case 'files':
      return choice.files[0].name;
    case 'shuffled':
      return 'a shuffled copy';
    default:
      return choice satisfies never;
  }
}

async function read(choice: Choice): Promise<HeldModel> {
  const api = compareApi();
  switch (choice.kind) {
    case 'open':
      return await takeOpenModel();
    case 'sample':
      return await api.open([{ name: choice.file, blob: await sampleFile(choice.file) }]);
    case 'zoo':
      return await api.open([{ name: choice.name, blob: await networkFile(choice) }]);
    case 'files':
      return await api.open(choice.files);
    case 'shuffled': {
      const { left } = compareStore.getState();
      if (!left) throw new Error('There is no network on the left to be shuffled.');
      return await api.shuffle(left.id, choice.seed);
    }
    default:
      return choice satisfies never;
  }
}

async function takeOpenModel(): Promise<HeldModel> {
  const { model, edits } = store.getState();
  if (!model) throw new Error('No model is open.');
  checkComparable(model.fileName, model.graph);
  const { graph, values } = await openModelApi().comparable();
  const passed = Comlink.transfer(
    { graph, values },
    values.map(({ buffer }) => buffer),
  );
  // What the file says of its accuracy holds without edits only.
  const isEdited = edits.edits.length > 0;
  const name = isEdited ? `${model.fileName}, edited` : model.fileName;
  return await compareApi().take(name, passed, isEdited ? undefined : model.known);
}

export async function compare(): Promise<void> {
  stopPredicting();
  const { left, right } = compareStore.getState();
  if (!left || !right) return;
  const since = performance.now();
  let current: ComparisonState = { status: 'running', share: 0 };
  compareStore.setState({ comparison: current, barrier: NO_STEPS, trueBarrier: NO_STEPS });
  /** Unless something else is being compared by now, or it was stopped. */
  const change = (comparison: ComparisonState) => {
    if (compareStore.getState().comparison !== current) return;
    current = comparison;
    compareStore.setState({ comparison });
  };
  try {
    const result = await withProgress(
      (share: number) => change({ status: 'running', share }),
      async (onProgress) => await compareApi().compare(left.id, right.id, onProgress),
    );
    change({ status: 'done', result, milliseconds: performance.now() - since });
    const isSmall = left.graph.pairCount <= MAX_UNASKED_PAIRS;
    if (compareStore.getState().comparison === current && isSmall) await predictBarrier();
  } catch (error) {
    change({ status: 'failed', reason: messageOf(error) });
  }
}

export function stopComparing(): void {
  compareStore.setState({ comparison: { status: 'stopped' } });
  void compareApi().stop();
}
