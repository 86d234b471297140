/** The worker that compares, and a metanet's worker of the view's own, so that stopping it stops nothing else. */
import type { GraphShape } from '../../graph';
import type { CompareWorker } from '../../workers/compare-worker';
import { type StartedMetanet, startMetanet } from '../metanet-client';
import { store } from '../store';
import { type Client, connect, handedOver } from '../worker-clients';
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

let metanet: StartedMetanet | undefined;

function start(): StartedMetanet {
  const own = startMetanet();
  own.started.catch(() => {
    // `predict` says what failed; the next one starts anew.
    if (metanet === own) endPredicting();
  });
  return own;
}

/** What the page's metanet says of values of a graph, which are handed over. Throws where nothing can be predicted. */
export async function predict(graph: GraphShape, values: Float32Array[]): Promise<Prediction> {
  metanet ??= start();
  const { client, started } = metanet;
  await started;
  const { zoo } = await client.api.choose(graph, undefined);
  const { budgetBytes } = store.getState();
  const { verdict } = await client.api.predict(zoo, graph, handedOver(values), [], budgetBytes);
  return verdict;
}

/** Ends what is being predicted. */
export function endPredicting(): void {
  metanet?.client.end();
  metanet = undefined;
}
