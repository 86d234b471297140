/** What the page does: opening, judging, selecting. Each action changes the store; components only call them. */
import type { GraphShape } from '../graph';
import type { MetanetWorker } from '../workers/metanet-worker';
import type { ModelWorker } from '../workers/model-worker';
import { closeZoo, nameGraph } from './address';
import { download } from './download';
import { type Preferences, storePreferences } from './preferences';
import { type Sample, type Selection, store } from './store';
import { type Client, Comlink, messageOf, startMetanetWorker, startModelWorker } from './worker-clients';

export const CHECKPOINT_URL = new URL('checkpoints/gmn.safetensors', document.baseURI).href;
const SAMPLES_URL = new URL('samples/index.json', document.baseURI).href;

let modelClient: Client<ModelWorker> | undefined;
let openingClient: Client<ModelWorker> | undefined;
let metanetClient: Client<MetanetWorker> | undefined;
let metanetStarted: Promise<unknown> | undefined;

/** The worker that holds the open model. */
export function openModelApi() {
  if (!modelClient) throw new Error('No model is open.');
  return modelClient.api;
}

export async function openFiles(files: readonly { name: string; blob: Blob }[]): Promise<void> {
  if (files.length === 0) return;
  cancelOpening();
  const client = startModelWorker();
  openingClient = client;
  store.setState({ opening: { name: files[0].name }, error: undefined });
  performance.mark('open: asked');
  try {
    const model = await client.api.open(files);
    if (openingClient !== client) return; // cancelled, or overtaken by another file
    openingClient = undefined;
    modelClient?.end();
    modelClient = client;
    stopMetanetWork();
    const modelNumber = store.getState().modelNumber + 1;
    performance.mark('open: read');
    store.setState({
      opening: undefined,
      model,
      modelNumber,
      selection: undefined,
      verdict: { status: 'waiting' },
    });
    void judge();
  } catch (error) {
    client.end();
    if (openingClient !== client) return;
    openingClient = undefined;
    store.setState({ opening: undefined, error: messageOf(error) });
  }
}

export function cancelOpening(): void {
  openingClient?.end();
  openingClient = undefined;
  store.setState({ opening: undefined });
}

export async function openSample(file: string): Promise<void> {
  closeZoo();
  await loadSample(file);
}

async function loadSample(file: string): Promise<void> {
  store.setState({ opening: { name: file }, error: undefined });
  const response = await fetch(new URL(`samples/${encodeURIComponent(file)}`, document.baseURI));
  if (!response.ok) {
    store.setState({
      opening: undefined,
      error: `The sample "${file}" could not be loaded (${response.status}).`,
    });
    return;
  }
  await openFiles([{ name: file, blob: await response.blob() }]);
  if (store.getState().model?.fileName === file) nameGraph(`#sample=${encodeURIComponent(file)}`);
}

/** Opens files that a person chose; the address no longer names a sample then. */
export async function openChosen(list: Iterable<File>): Promise<void> {
  closeZoo();
  const before = store.getState().modelNumber;
  await openFiles([...list].map((file) => ({ name: file.name, blob: file })));
  if (store.getState().modelNumber > before) nameGraph('');
}

/** Loads the list of samples and opens the one that the address names, or the first. */
export async function start(): Promise<void> {
  metanetStarted = startMetanet();
  metanetStarted.catch(() => undefined); // `judge` awaits it and says what failed
  const response = await fetch(SAMPLES_URL);
  const samples = response.ok ? ((await response.json()) as Sample[]) : [];
  store.setState({ samples });
  const named = new URLSearchParams(location.hash.slice(1)).get('sample');
  const wanted = samples.find(({ file }) => file === named) ?? samples[0];
  if (wanted && !store.getState().model && !store.getState().opening) await loadSample(wanted.file);
}

async function startMetanet(): Promise<void> {
  const client = startMetanetWorker();
  metanetClient = client;
  const backend = await client.api.start(CHECKPOINT_URL, store.getState().engine);
  if (metanetClient === client) store.setState({ backend });
}

function restartMetanet(): void {
  metanetClient?.end();
  metanetStarted = startMetanet();
  metanetStarted.catch(() => undefined);
}

/** Ends the metanet's worker if it is busy; the next question starts another. */
function stopMetanetWork(): void {
  if (store.getState().verdict.status === 'running') restartMetanet();
}

/** Asks the metanet for the open model's accuracy. */
export async function judge(): Promise<void> {
  const { modelNumber, model, budgetBytes } = store.getState();
  if (!model) return;
  const since = performance.now();
  const running = (share: number) => ({ status: 'running', share, since }) as const;
  store.setState({ verdict: running(0) });
  /** The question still stands: no other model, no other engine, not cancelled. */
  const isCurrent = () => {
    const { modelNumber: number, verdict } = store.getState();
    return number === modelNumber && verdict.status === 'running' && verdict.since === since;
  };
  try {
    await metanetStarted;
    const client = metanetClient;
    if (!client || !isCurrent()) return;
    await client.api.check(model.graph);
    const values = await openModelApi().allValues();
    // Passed on, not copied: hundreds of megabytes would hold the page for as long.
    const passed = Comlink.transfer(
      values,
      values.map(({ buffer }) => buffer),
    );
    const onProgress = Comlink.proxy((share: number) => {
      if (isCurrent()) store.setState({ verdict: running(share) });
    });
    const { verdict, backend, notice } = await client.api.predict(
      model.graph,
      passed,
      budgetBytes,
      onProgress,
    );
    if (!isCurrent()) return;
    store.setState({ verdict: { status: 'done', verdict, notice }, ...(backend && { backend }) });
    if (store.getState().selfCheck === undefined) void selfCheck(model.graph);
  } catch (error) {
    if (isCurrent()) store.setState({ verdict: { status: 'refused', reason: messageOf(error) } });
  }
}

export function cancelJudging(): void {
  stopMetanetWork();
  store.setState({ verdict: { status: 'cancelled' } });
}

/** Changes where, or in how much memory, the metanet runs, and asks it again. */
export function changeEngine(change: Partial<Pick<Preferences, 'engine' | 'budgetBytes'>>): void {
  store.setState({ ...change, backend: undefined, selfCheck: undefined });
  storePreferences(store.getState());
  restartMetanet();
  void judge();
}

/** Pairs up to which the engine and the reference are compared without being asked: a fraction of a second. */
const MAX_CHECKED_PAIRS = 6000;

async function selfCheck(graph: GraphShape): Promise<void> {
  if (!metanetClient || graph.pairCount > MAX_CHECKED_PAIRS) return;
  store.setState({ selfCheck: 'running' });
  try {
    const values = await openModelApi().allValues();
    store.setState({
      selfCheck: await metanetClient.api.selfCheck(graph, values, store.getState().budgetBytes),
    });
  } catch (error) {
    store.setState({ selfCheck: undefined, error: `The self-check failed: ${messageOf(error)}` });
  }
}

/** Saves the metanet, made for the open network's architecture, as an ONNX file. */
export async function exportMetanet(): Promise<void> {
  const { model } = store.getState();
  if (!model || !metanetClient) return;
  try {
    const bytes = await metanetClient.api.toOnnx(model.graph);
    const name = `gmn-for-${model.fileName.replace(/\.\w+$/, '')}.onnx`;
    download(name, bytes, 'application/octet-stream');
  } catch (error) {
    store.setState({ error: `The metanet could not be saved: ${messageOf(error)}` });
  }
}

export const select = (selection: Selection | undefined) => store.setState({ selection });

export const dismissError = () => store.setState({ error: undefined });

export function toggleTheme(): void {
  store.setState(({ theme }) => ({ theme: theme === 'dark' ? 'light' : 'dark' }));
  storePreferences(store.getState());
}

/** Selects the layer with parameters before or after the selected one. */
export function stepLayer(by: 1 | -1): void {
  const { model, selection } = store.getState();
  if (!model) return;
  const drawn = model.layers.filter(({ tensors }) => tensors.length > 0);
  const current =
    selection?.kind === 'layer' ? drawn.findIndex(({ index }) => index === selection.layer) : -1;
  const next = drawn[(current + by + drawn.length) % drawn.length] ?? drawn[0];
  select({ kind: 'layer', layer: next.index });
}
