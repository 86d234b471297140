/** The worker that compares, and a metanet's worker of the view's own, so that stopping it stops nothing else. */
import type { GraphShape } from '../../graph';
import type { CompareWorker } from '../../workers/compare-worker';
import type { MetanetWorker } from '../../workers/metanet-worker';
import { store } from '../store';
import { type Client, Comlink, connect, handedOver, startMetanetWorker } from '../worker-clients';
import { zooCheckpoints } from '../zoo-names';
import type { Prediction } from './compare-store';

let comparing: Client<CompareWorker> | undefined;

export function compareApi(): Client<CompareWorker>['api'] {
  comparing ??= connect(
    new Worker(new URL('../../workers/compare-worker.ts', import.meta.url), {
      type: 'module',
      name: 'comparing',
    }),
  );
  return comparing.api;
}

let metanet: { readonly client: Client<MetanetWorker>; readonly started: Promise<unknown> } | undefined;

function startedMetanet(): NonNullable<typeof metanet> {
  if (metanet) return metanet;
  const client = startMetanetWorker();
  const { engine } = store.getState();
  const started = zooCheckpoints().then((checkpoints) => client.api.start(checkpoints, engine));
  metanet = { client, started };
  started.catch(endPredicting); // `predict` says what failed; the next one starts anew
  return metanet;
}

/** What the page's metanet says of values of a graph, which are handedOver(values) on. Throws where nothing can be predicted. */
export async function predict(graph: GraphShape, values: Float32Array[]): Promise<Prediction> {
  const { client, started } = startedMetanet();
  await started;
  const onProgress = Comlink.proxy(() => undefined);
  const { zoo } = await client.api.choose(graph, undefined);
  const { budgetBytes } = store.getState();
  const { verdict } = await client.api.predict(zoo, graph, handedOver(values), [], budgetBytes, onProgress);
  return verdict;
}

/** Ends what is being predicted. */
export function endPredicting(): void {
  metanet?.client.end();
  metanet = undefined;
}
