/** Edits of the open model: made in its worker, one after the other; the graph, the verdict and the tools follow. */
import type { Edit } from '../../edits';
import type { ModelSummary } from '../../workers/model-summary';
import type { EditState } from '../../workers/model-worker';
import { judge, stopMetanetWork } from '../judging';
import { openModelApi } from '../model-client';
import { isSettled, lastOutputs, lastVerdict, store, until } from '../store';
import { NO_TRACE } from '../tools/rounds/state';
import { messageOf } from '../worker-clients';

interface Change {
  /** Of which it was asked: another that opens meanwhile is not changed. */
  readonly model: ModelSummary;
  /** By a slider that moves on: of several that wait, only the last one is made. */
  readonly isLive: boolean;
  /** Undefined where nothing was edited. */
  readonly make: () => Promise<EditState | undefined>;
}

type Api = ReturnType<typeof openModelApi>;

const waiting: Change[] = [];
let work: Promise<void> | undefined;

/** Makes an edit. Resolves when it, and all that was asked for meanwhile, is judged. */
export const makeEdit = (edit: Edit) => change(false, (api) => api.edit(edit));

/** What a slider does: an edit in the place of the last one of the same kind, on the same layer. Resolves as `makeEdit`. */
export const adjustEdit = (edit: Edit) => change(true, (api) => api.adjust(edit));

/** What a slider does that is back where nothing is done. */
export const withdrawEdit = (edit: { readonly kind: Edit['kind']; readonly layer?: number }) =>
  change(true, (api) => api.withdraw(edit));

export const undoEdit = () => change(false, (api) => api.undo());

export const redoEdit = () => change(false, (api) => api.redo());

/** Takes all edits back; redo makes them again, one by one. */
export const undoAllEdits = () =>
  change(false, async (api) => {
    let state = await api.undo();
    while (state.edits.length > 0) state = await api.undo();
    return state;
  });

/** Does something else with the open model's worker when all edits that were asked for are made, before any that is asked for later. */
export const betweenEdits = (work: (api: Api) => Promise<void>) =>
  change(false, async (api) => {
    await work(api);
    return undefined;
  });

function change(isLive: boolean, make: (api: Api) => Promise<EditState | undefined>): Promise<void> {
  const { model } = store.getState();
  if (!model) return Promise.resolve();
  const last = waiting.at(-1);
  if (isLive && last?.isLive && last.model === model) waiting.pop();
  const api = openModelApi();
  waiting.push({ model, isLive, make: () => make(api) });
  work ??= makeAll().finally(() => {
    work = undefined;
  });
  return work;
}

async function makeAll(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { model, isLive, make } = next;
    const isOpen = () => store.getState().model === model;
    if (!isOpen()) continue;
    try {
      const edits = await make();
      if (!isOpen() || !edits) continue;
      show(edits);
    } catch (error) {
      if (isOpen()) store.setState({ error: messageOf(error) });
      continue;
    }
    void judge();
    // A slider waits for the metanet: what one sees belongs together.
    if (isLive || waiting.length === 0) await until(({ verdict }) => isSettled(verdict) || !isOpen());
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
    outputs:
      outputs.status === 'none' || outputs.status === 'stopped'
        ? outputs
        : { status: 'waiting', last: lastOutputs(outputs) },
  }));
}
