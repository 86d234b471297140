/** The page starts: the metanet, the samples, and what the address names, then and from then on. */
import { graphHash, nameGraph } from './address';
import { restartMetanet } from './judging';
import { loadSample, openFiles } from './opening';
import { readHash, type SharedState } from './share/share-link';
import { type Sample, store } from './store';
import { messageOf } from './worker-clients';
import { zooNames } from './zoo-names';

const SAMPLES_URL = new URL('samples/index.json', document.baseURI).href;

/** Loads the list of samples and opens what the address names, or the first; from then on, what the address comes to name. */
export async function start(): Promise<void> {
  restartMetanet();
  // Where it fails, the metanet says so.
  void zooNames().then(
    (zoos) => store.setState({ zoos }),
    () => undefined,
  );
  const response = await fetch(SAMPLES_URL);
  const samples = response.ok ? ((await response.json()) as Sample[]) : [];
  store.setState({ samples });
  await openFirst(samples);
  addEventListener('popstate', () => void followAddress());
}

async function openFirst(samples: readonly Sample[]): Promise<void> {
  let failure: string | undefined;
  let shared: SharedState | undefined;
  try {
    shared = await readHash(location.hash);
  } catch (error) {
    failure = messageOf(error);
  }
  const { model, opening } = store.getState();
  if (model || opening) return; // a person was faster
  const source = shared?.source;
  const isKnown = source && (source.kind !== 'sample' || samples.some(({ file }) => file === source.file));
  if (shared && isKnown) await openShared(shared);
  else if (samples.length > 0) await loadSample({ source: { kind: 'sample', file: samples[0].file } });
  if (failure !== undefined) store.setState({ error: failure });
}

/** Opens what a link holds. Resolves to whether it was opened. */
async function openShared(shared: SharedState): Promise<boolean> {
  const { source } = shared;
  if (source.kind === 'sample') return await loadSample({ ...shared, source });
  if (source.kind === 'file') return await openFiles([source], shared);
  const { openZooNetwork } = await import('./open-zoo-network');
  return await openZooNetwork(source.zoo, source.name, shared);
}

/** A person has gone back or forward, or has put another link into the address: it opens, unless it is what is shown. */
async function followAddress(): Promise<void> {
  const { hash } = location;
  if (store.getState().view !== 'graph' || hash === graphHash()) return;
  try {
    const shared = await readHash(hash);
    if (location.hash !== hash) return;
    if (shared && (await openShared(shared))) return;
  } catch (error) {
    store.setState({ error: messageOf(error) });
  }
  if (location.hash === hash) nameGraph(graphHash());
}
