/** A metanet's worker and its start: the page has one, and Compare one of its own. */
import type { MetanetWorker } from '../workers/metanet-worker';
import type { BackendReport } from '../workers/predictors';
import { store } from './store';
import { type Client, startMetanetWorker } from './worker-clients';
import { zooCheckpoints } from './zoo-names';

export interface StartedMetanet {
  readonly client: Client<MetanetWorker>;
  /** Rejects where the metanet cannot be loaded, or is ended before it is. */
  readonly started: Promise<BackendReport>;
}

/** Starts one on the engine that is wanted now. */
export function startMetanet(): StartedMetanet {
  const client = startMetanetWorker();
  const { engine } = store.getState();
  return { client, started: zooCheckpoints().then((checkpoints) => client.api.start(checkpoints, engine)) };
}
