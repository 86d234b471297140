/** Opening models: files that a person chose, samples, networks of a zoo, what a link holds. */
import type { Edit } from '../edits';
import type { Corrections } from '../network';
import type { ModelSummary } from '../workers/model-summary';
import type { ModelWorker } from '../workers/model-worker';
import { nameGraph, showGraph } from './address';
import { chooseImages } from './images/measuring';
import { judge, stopMetanetWork } from './judging';
import { keptCorrections } from './kept-corrections';
import { replaceModelClient } from './model-client';
import { hashOf, PLAIN, type SharedState, type Source, selectionWithin } from './share/share-link';
import {
  type CorrectionHistory,
  isSettled,
  NO_EDITS,
  RANDOM_INPUT,
  store,
  UNCORRECTED,
  until,
} from './store';
import { NO_TRACE } from './tools/rounds/state';
import { checkValues } from './value-check';
import { type Client, messageOf, startModelWorker } from './worker-clients';

interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** Where files come from, and what a link wants shown of them. */
type Origin = Partial<SharedState>;

/** What is being opened: what comes of anything earlier is dropped. */
let current: { client?: Client<ModelWorker> } | undefined;

/** Opens the files of one model. If that fails, the one that was open stays open. Resolves to whether it was opened. */
export async function openFiles(files: readonly NamedBlob[], origin: Origin = {}): Promise<boolean> {
  return files.length > 0 && (await openLoaded(files[0].name, async () => ({ files, origin })));
}

/** The same of files that are still to be loaded. `title`: what they are called until then. */
export async function openLoaded(
  title: string,
  load: () => Promise<{ readonly files: readonly NamedBlob[]; readonly origin: Origin }>,
): Promise<boolean> {
  cancelOpening();
  const own: typeof current = {};
  current = own;
  const isCurrent = () => current === own;
  store.setState({ opening: { name: title }, error: undefined });
  let files: readonly NamedBlob[] = [];
  try {
    const loaded = await load();
    if (!isCurrent()) return false; // cancelled, or overtaken by something else
    files = loaded.files;
    const { origin } = loaded;
    const client = startModelWorker();
    own.client = client;
    performance.mark('open: asked');
    const { model, corrections } = await openWith(client, files, origin.corrections);
    if (!isCurrent()) return false;
    current = undefined;
    replaceModelClient(client);
    performance.mark('open: read');
    const [file, ...others] = files;
    const source: Source | undefined =
      origin.source ?? (others.length === 0 ? { kind: 'file', ...file } : undefined);
    showModel(model, corrections, source);
    store.setState({
      firstPart: origin.part,
      selection: selectionWithin(origin.selection, model.graph, model.layers.length),
      ...(origin.tool && { tool: origin.tool }),
      ...(origin.rounds && { roundsView: origin.rounds }),
      ...(origin.wantedZoo && { wantedZoo: origin.wantedZoo }),
    });
    if (origin.edits?.length) void editOnceJudged(origin.edits);
    if (origin.source?.kind !== 'file') await nameSource(source); // a link that holds its file stays
    return true;
  } catch (error) {
    own.client?.end();
    if (!isCurrent()) return false;
    const areImages = files.length === 1 && (await tryAsImages(files[0]));
    if (!isCurrent()) return false;
    current = undefined;
    store.setState({ opening: undefined, ...(!areImages && { error: messageOf(error) }) });
    return false;
  }
}

/** The address names what came with the page; where a person's own file is open, it names nothing. */
async function nameSource(source: Source | undefined): Promise<void> {
  const hash = source && source.kind !== 'file' ? await hashOf({ source, ...PLAIN }) : '';
  if (store.getState().source === source) nameGraph(hash);
}

/** What is no model may be images for the open one to be measured on. Resolves to whether it is. */
async function tryAsImages({ name, blob }: NamedBlob): Promise<boolean> {
  if (!store.getState().model) return false;
  return await chooseImages(name, blob).then(
    () => true,
    () => false,
  );
}

/** Opens files, with what a link corrects, or what was corrected the last time that one of the same structure was open. */
async function openWith(
  { api }: Client<ModelWorker>,
  files: readonly NamedBlob[],
  wanted: Corrections | undefined,
): Promise<{ model: ModelSummary; corrections: CorrectionHistory }> {
  const model = await api.open(files);
  const corrections =
    wanted ?? (model.structure === undefined ? undefined : keptCorrections(model.structure));
  if (!corrections || Object.keys(corrections).length === 0) return { model, corrections: UNCORRECTED };
  try {
    return { model: await api.correct(corrections), corrections: { current: corrections, past: [{}] } };
  } catch {
    return { model, corrections: UNCORRECTED }; // by another version, or changed by hand
  }
}

/** Makes edits after the first verdict, for what they change to be seen. */
export async function editOnceJudged(edits: readonly Edit[]): Promise<void> {
  const { makeEdits } = await import('./edits/linked-edits');
  const { model } = store.getState();
  await until(({ verdict, model: now }) => isSettled(verdict) || now !== model);
  if (store.getState().model === model) await makeEdits(edits);
}

/** Edges up to which values are checked without being asked: about two seconds. */
const MAX_UNASKED_EDGES = 3e7;

/** Shows a model that has been read, and judges it. */
export function showModel(
  model: ModelSummary,
  corrections: CorrectionHistory,
  source: Source | undefined,
): void {
  stopMetanetWork();
  store.setState(({ modelNumber, opened }) => ({
    opening: undefined,
    model,
    modelNumber: modelNumber + 1,
    opened: opened + 1,
    source,
    selection: undefined,
    verdict: { status: 'waiting' },
    valueCheck: { status: 'none' },
    saliency: { status: 'none' },
    trace: NO_TRACE,
    corrections,
    edits: NO_EDITS,
    original: {},
    networkInput: RANDOM_INPUT,
    outputs: { status: 'none' },
    wantedZoo: undefined,
  }));
  // The verdict comes first; what is wrong with the numbers is then looked for unasked, unless it would take long.
  void judge().then(() => {
    if (store.getState().model === model && model.graph.edgeCount <= MAX_UNASKED_EDGES) void checkValues();
  });
}

export function cancelOpening(): void {
  current?.client?.end();
  current = undefined;
  store.setState({ opening: undefined });
}

export async function openSample(file: string): Promise<void> {
  showGraph();
  await loadSample({ source: { kind: 'sample', file } });
}

/** Opens a sample, with what a link wants shown of it. Resolves to whether it was opened. */
export async function loadSample(origin: Origin & { source: Source & { kind: 'sample' } }): Promise<boolean> {
  const { file } = origin.source;
  return await openLoaded(file, async () => ({
    files: [{ name: file, blob: await sampleFile(file) }],
    origin,
  }));
}

/** The file of a sample. */
export async function sampleFile(file: string): Promise<Blob> {
  const response = await fetch(new URL(`samples/${encodeURIComponent(file)}`, document.baseURI));
  if (!response.ok) throw new Error(`The sample "${file}" could not be loaded (${response.status}).`);
  return await response.blob();
}

/** Opens files that a person chose. */
export async function openChosen(list: Iterable<File>): Promise<void> {
  showGraph();
  await openFiles([...list].map((file) => ({ name: file.name, blob: file })));
}
