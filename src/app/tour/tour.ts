/** Leading a person through the page: from stop to stop on the real thing, and back to where they were. */
import { showGraph, showView } from '../address';
import { openSample } from '../opening';
import { storePreferences } from '../preferences';
import { isSettled, type State, store, until } from '../store';
import { STOPS, type Stop } from './stops';
import { tour } from './tour-store';

/** The last of the samples: a kind of network that no zoo holds. */
const UNLIKE = 'picture.onnx';

/** How the page stood before the tour. */
let before: State | undefined;
/** The model that the tour itself wants open. */
let wanted: State['model'];
let isOpening = false;
let takeBack: (() => Promise<void>) | undefined;
let focusedBefore: Element | null = null;
let scrolledBefore = 0;

/** Begins at the first stop, once the open network has been judged. */
export async function beginTour(): Promise<void> {
  if (tour.getState().stop !== undefined || tour.getState().isMoving) return;
  tour.setState({ isMoving: true });
  store.setState({ isTourKnown: true });
  storePreferences(store.getState());
  await until(({ model, verdict }) => model !== undefined && isSettled(verdict));
  before = store.getState();
  wanted = before.model;
  focusedBefore = document.activeElement;
  scrolledBefore = scrollY;
  showGraph();
  tour.setState({ isOnOwnFile: !canLeave(before), isMoving: false, stop: 0 });
  await goTo(0);
}

/** Samples and networks of the zoo without edits are there again with one click; anything else stays open. */
const canLeave = ({ source, edits }: State) =>
  (source?.kind === 'sample' || source?.kind === 'zoo') && edits.edits.length === 0;

/** The tour begins on what is open, if it can be shown there what there is to show. */
const isSuitable = ({ model, verdict }: State) =>
  verdict.status === 'done' &&
  verdict.verdict.domain.isInside &&
  model?.graph.blocks.some(({ kind, taps }) => kind === 'convWeight' && taps > 1);

/** Leads to a stop; beyond the last one, the tour ends. */
export async function goTo(stop: number): Promise<void> {
  const { isMoving, stop: current } = tour.getState();
  if (isMoving || current === undefined || stop < 0) return;
  if (stop >= STOPS.length) return await endTour();
  tour.setState({ isMoving: true });
  try {
    await leaveStop();
    await showNetwork(STOPS[stop]);
    if (tour.getState().stop !== undefined) {
      tour.setState({ stop });
      takeBack = await STOPS[stop].show();
    }
  } finally {
    tour.setState({ isMoving: false });
  }
  // Ended meanwhile: the page is put back now that nothing moves it any more.
  if (tour.getState().stop === undefined) await putBack();
}

async function leaveStop(): Promise<void> {
  const undo = takeBack;
  takeBack = undefined;
  if (store.getState().model === wanted) await undo?.();
}

async function showNetwork({ network }: Stop): Promise<void> {
  if (!before || !canLeave(before)) return;
  if (network === 'unlike') return await open(UNLIKE);
  const first = store.getState().samples[0]?.file;
  if (isSuitable(before)) await reopen(before);
  else if (first) await open(first);
}

/** Opens a sample, if it is not open, and waits for its verdict. */
async function open(file: string): Promise<void> {
  const { source } = store.getState();
  if (source?.kind === 'sample' && source.file === file) return;
  await opened(() => openSample(file));
}

async function opened(opening: () => Promise<unknown>): Promise<void> {
  isOpening = true;
  try {
    await opening();
    wanted = store.getState().model;
  } finally {
    isOpening = false;
  }
  await until(({ verdict, model }) => model !== wanted || isSettled(verdict));
}

/** Opens again what was open before the tour, if something else is, or an edit of the tour could be made again. */
async function reopen({ model, source }: State): Promise<void> {
  const now = store.getState();
  const isOpen = now.model === model || JSON.stringify(now.source) === JSON.stringify(source);
  if (isOpen && now.edits.edits.length === 0 && !now.edits.canRedo) return;
  if (source?.kind === 'sample') await opened(() => openSample(source.file));
  if (source?.kind === 'zoo') {
    const { openZooNetwork } = await import('../open-zoo-network');
    await opened(() => openZooNetwork(source.zoo, source.name));
  }
}

/** Ends the tour, at any time, and leaves the page as it was. */
export async function endTour(): Promise<void> {
  const { stop, isMoving } = tour.getState();
  if (stop === undefined) return;
  tour.setState({ stop: undefined });
  if (!isMoving) await putBack();
}

const isVisibleButton = (element: Element | null): element is HTMLButtonElement =>
  element instanceof HTMLButtonElement && element.checkVisibility();

async function putBack(): Promise<void> {
  const state = before;
  before = undefined;
  if (!state) return;
  await leaveStop();
  if (canLeave(state)) await reopen(state);
  store.setState({ selection: state.selection, tool: state.tool });
  showView(state.view);
  scrollTo(0, scrolledBefore);
  // What started the tour may be gone: the offer, the help.
  const candidates = [
    focusedBefore,
    ...document.querySelectorAll('.top-bar .tour, .top-bar [aria-label="Help"]'),
  ];
  candidates.find(isVisibleButton)?.focus({ preventScroll: true });
}

// Who opens something else meanwhile has taken the page over: it stays as it is.
store.subscribe(({ model }) => {
  if (!before || isOpening || model === wanted) return;
  before = undefined;
  takeBack = undefined;
  tour.setState({ stop: undefined });
});
