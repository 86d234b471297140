/** Asking the metanet: for the open model's accuracy, on another engine, for a self-check, for itself as a file. */
import type { GraphShape } from '../graph';
import type { MetanetWorker } from '../workers/metanet-worker';
import { download, withoutEnding } from './download';
import { type StartedMetanet, startMetanet } from './metanet-client';
import { openModelApi } from './model-client';
import { type Preferences, storePreferences } from './preferences';
import { changesOf, lastVerdict, store } from './store';
import { NO_TRACE } from './tools/rounds/state';
import { type Client, handedOver, messageOf, withProgress } from './worker-clients';

let metanet: StartedMetanet | undefined;

function start(): StartedMetanet {
  const own = startMetanet();
  own.started.then(
    (backend) => {
      if (metanet === own) store.setState({ backend });
    },
    () => {
      // Who asks is told what failed; who asks next starts another.
      if (metanet === own) metanet = undefined;
    },
  );
  return own;
}

/** Starts the metanet's worker, or starts it anew: what it was asked meanwhile will not be answered. */
export function restartMetanet(): void {
  metanet?.client.end();
  store.setState(({ trace, saliency, selfCheck }) => ({
    trace: trace.status === 'running' ? NO_TRACE : trace,
    saliency: saliency.status === 'running' ? { status: 'none' } : saliency,
    selfCheck: selfCheck === 'running' ? undefined : selfCheck,
  }));
  metanet = start();
}

/** The metanet's worker, once it has started. Throws where it does not. */
export async function startedMetanet(): Promise<Client<MetanetWorker>['api']> {
  metanet ??= start();
  const { client, started } = metanet;
  await started;
  return client.api;
}

/** Ends the metanet's worker if it is busy; the next question starts another. */
export function stopMetanetWork(): void {
  const { verdict, saliency, trace } = store.getState();
  if ([verdict, saliency, trace].some(({ status }) => status === 'running')) restartMetanet();
}

/** Asks the metanet for the open model's accuracy. */
export async function judge(): Promise<void> {
  const { modelNumber, model, budgetBytes, verdict: last } = store.getState();
  if (!model) return;
  const since = performance.now();
  const before = last.status === 'waiting' ? last.before : undefined;
  const running = (share: number) => ({ status: 'running', share, since, before }) as const;
  store.setState({ verdict: running(0) });
  /** The question still stands: no other model, no other engine, not cancelled. */
  const isCurrent = () => {
    const { modelNumber: number, verdict } = store.getState();
    return number === modelNumber && verdict.status === 'running' && verdict.since === since;
  };
  try {
    const api = await startedMetanet();
    if (!isCurrent()) return;
    const chosen = await api.choose(model.graph, store.getState().wantedZoo);
    if (!isCurrent()) return;
    store.setState({ backend: chosen });
    const values = await openModelApi().allValues();
    const { verdict, backend, notice } = await withProgress(
      (share: number) => {
        if (isCurrent()) store.setState({ verdict: running(share) });
      },
      (onProgress) =>
        api.predict(
          chosen.zoo,
          model.graph,
          handedOver(values),
          changesOf(store.getState()),
          budgetBytes,
          onProgress,
        ),
    );
    if (!isCurrent()) return;
    store.setState(({ edits, original }) => ({
      verdict: { status: 'done', verdict, notice },
      ...(backend && { backend }),
      ...(edits.edits.length === 0 && { original: { ...original, verdict } }),
    }));
    if (!store.getState().original.verdict) void judgeOriginal(api, chosen.zoo);
    api.preload().catch(() => undefined); // who needs it then asks again, and is told
    if (store.getState().selfCheck === undefined) void selfCheck(api, model.graph);
  } catch (error) {
    if (isCurrent()) store.setState({ verdict: { status: 'refused', reason: messageOf(error) } });
  }
}

/** Pairs up to which the network is judged as its file has it, too, where it was edited before that could be: a moment. */
const MAX_ORIGINAL_PAIRS = 100_000;

/** What the metanet says of the open model without its edits, to set what it says with them against. */
async function judgeOriginal(api: Client<MetanetWorker>['api'], zoo: string): Promise<void> {
  const { model, budgetBytes } = store.getState();
  if (!model || model.graph.pairCount > MAX_ORIGINAL_PAIRS) return;
  try {
    const values = handedOver(await openModelApi().allValues(false));
    const { verdict } = await api.predict(zoo, model.graph, values, [], budgetBytes);
    const { model: now, backend } = store.getState();
    if (now !== model || backend?.zoo !== zoo) return;
    store.setState(({ original }) => ({ original: { ...original, verdict } }));
  } catch {
    // It is shown without what was said before.
  }
}

export function cancelJudging(): void {
  stopMetanetWork();
  store.setState({ verdict: { status: 'cancelled' } });
}

/** Changes where, or in how much memory, the metanet runs, and asks it again. */
export function changeEngine(change: Partial<Pick<Preferences, 'engine' | 'budgetBytes'>>): void {
  store.setState({ ...change, backend: undefined, selfCheck: undefined, saliency: { status: 'none' } });
  storePreferences(store.getState());
  restartMetanet();
  void judge();
}

/** Asks the metanets of that zoo about the open model, however little it resembles its networks. */
export function askZoo(zoo: string): void {
  stopMetanetWork();
  store.setState(({ verdict }) => ({
    wantedZoo: zoo,
    verdict: { status: 'waiting', before: lastVerdict(verdict) },
    original: {},
    saliency: { status: 'none' },
    trace: NO_TRACE,
    selfCheck: undefined,
  }));
  void judge();
}

/** Pairs up to which the engine and the reference are compared without being asked: a fraction of a second. */
const MAX_CHECKED_PAIRS = 6000;

async function selfCheck(api: Client<MetanetWorker>['api'], graph: GraphShape): Promise<void> {
  const { backend, budgetBytes } = store.getState();
  if (!backend || graph.pairCount > MAX_CHECKED_PAIRS) return;
  store.setState({ selfCheck: 'running' });
  try {
    const values = await openModelApi().allValues();
    store.setState({ selfCheck: await api.selfCheck(backend.zoo, graph, handedOver(values), budgetBytes) });
  } catch (error) {
    if (metanet?.client.api !== api) return;
    store.setState(({ model }) => ({
      selfCheck: undefined,
      ...(model?.graph === graph && { error: `The self-check failed: ${messageOf(error)}` }),
    }));
  }
}

/** What the metanet is called as a file, made for a model of that name. */
export const exportedName = (modelName: string) => `gmn-for-${withoutEnding(modelName)}.onnx`;

/** Saves the metanet, made for files of the open one's form, as an ONNX file. */
export async function exportMetanet(): Promise<void> {
  const { model, backend } = store.getState();
  if (!model || !backend) return;
  try {
    const places = await openModelApi().valuePlaces();
    const bytes = await (await startedMetanet()).toOnnx(backend.zoo, model.graph, places);
    download(exportedName(model.fileName), bytes, 'application/octet-stream');
  } catch (error) {
    store.setState({ error: `The metanet could not be saved: ${messageOf(error)}` });
  }
}
