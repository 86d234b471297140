/** Edits of the open model: made in its worker, one after the other; the graph, the verdict and the tools follow. */
import type { Edit } from '../../edits';
import type { EditState } from '../../workers/model-worker';
import { judge, stopMetanetWork } from '../judging';
import { openModelApi } from '../model-client';
import { isSettled, lastOutputs, lastVerdict, store, until } from '../store';
import { NO_TRACE } from '../tools/rounds/state';
import { messageOf } from '../worker-clients';

interface Change {
  /** By a slider that moves on: of several that wait, only the last one is made. */
  readonly isLive: boolean;
  readonly make: () => Promise<EditState>;
}

const waiting: Change[] = [];
let work: Promise<void> | undefined;

/** Makes an edit. Resolves when it, and all that was asked for meanwhile, is judged. */
export const makeEdit = (edit: Edit) => change({ isLive: false, make: () => openModelApi().edit(edit) });

/** What a slider does: an edit in the place of the last one of the same kind, on the same layer. Resolves as `makeEdit`. */
export const adjustEdit = (edit: Edit) => change({ isLive: true, make: () => openModelApi().adjust(edit) });

/** What a slider does that is back where nothing is done. */
export const withdrawEdit = (edit: { readonly kind: Edit['kind']; readonly layer?: number }) =>
  change({ isLive: true, make: () => openModelApi().withdraw(edit) });

export const undoEdit = () => change({ isLive: false, make: () => openModelApi().undo() });

export const redoEdit = () => change({ isLive: false, make: () => openModelApi().redo() });

/** Takes all edits back; redo makes them again, one by one. */
export const undoAllEdits = () =>
  change({
    isLive: false,
    make: async () => {
      let state = await openModelApi().undo();
      while (state.edits.length > 0) state = await openModelApi().undo();
      return state;
    },
  });

function change(next: Change): Promise<void> {
  if (!store.getState().model) return Promise.resolve();
  if (next.isLive && waiting.at(-1)?.isLive) waiting.pop();
  waiting.push(next);
  work ??= makeAll().finally(() => {
    work = undefined;
  });
  return work;
}

async function makeAll(): Promise<void> {
  const { model } = store.getState();
  const isOpen = () => store.getState().model === model;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    try {
      const edits = await next.make();
      if (isOpen()) show(edits);
    } catch (error) {
      if (isOpen()) store.setState({ error: messageOf(error) });
      continue;
    }
    if (isOpen()) void judge();
    // A slider waits for the metanet: what one sees belongs together.
    if (next.isLive || waiting.length === 0) await until(({ verdict }) => isSettled(verdict));
    if (!isOpen()) waiting.length = 0;
  }
}

function show(edits: EditState): void {
  stopMetanetWork();
  store.setState(({ modelNumber, verdict, outputs }) => ({
    modelNumber: modelNumber + 1,
    edits,
    saliency: { status: 'none' },
    trace: NO_TRACE,
    verdict: { status: 'waiting', before: lastVerdict(verdict) },
    outputs: outputs.status === 'none' ? outputs : { status: 'waiting', last: lastOutputs(outputs) },
  }));
}
