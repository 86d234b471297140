/** The worker that holds the open model. */
import type { ModelWorker } from '../workers/model-worker';
import type { Client } from './worker-clients';

let open: Client<ModelWorker> | undefined;

/** To ask about the open model. Throws if none is open. */
export function openModelApi(): Client<ModelWorker>['api'] {
  if (!open) throw new Error('No model is open.');
  return open.api;
}

/** Another model is open from now on; the worker of the one before it ends. */
export function replaceModelClient(client: Client<ModelWorker>): void {
  open?.end();
  open = client;
}
