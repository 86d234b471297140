/** Measuring the open network's weights, in a worker of its own, which ends when the model changes. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { MeasuredLayer } from '../../../quality';
import type { QualityWorker } from '../../../workers/quality-worker';
import { openModelApi } from '../../model-client';
import { store } from '../../store';
import { type Client, connect, handedOver, messageOf, withProgress } from '../../worker-clients';

export type QualityState =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly share: number }
  | { readonly status: 'done'; readonly layers: readonly MeasuredLayer[] }
  | { readonly status: 'failed'; readonly reason: string };

const qualityStore = createStore<{ readonly quality: QualityState }>(() => ({ quality: { status: 'none' } }));

export const useQuality = () => useStore(qualityStore, ({ quality }) => quality);

let running: Client<QualityWorker> | undefined;

const startQualityWorker = () =>
  connect<QualityWorker>(
    new Worker(new URL('../../../workers/quality-worker.ts', import.meta.url), {
      type: 'module',
      name: 'quality',
    }),
  );

export async function measureQuality(): Promise<void> {
  const { model } = store.getState();
  if (!model || running) return;
  const client = startQualityWorker();
  running = client;
  const change = (quality: QualityState) => {
    if (running === client) qualityStore.setState({ quality });
  };
  change({ status: 'running', share: 0 });
  try {
    const values = await openModelApi().allValues();
    const layers = await withProgress(
      (share: number) => change({ status: 'running', share }),
      (onProgress) => client.api.measure(model.graph, handedOver(values), onProgress),
    );
    change({ status: 'done', layers });
  } catch (error) {
    change({ status: 'failed', reason: messageOf(error) });
  }
  if (running === client) running = undefined;
  client.end();
}

/** Stops measuring, and forgets what was measured. */
export function cancelMeasuring(): void {
  running?.end();
  running = undefined;
  qualityStore.setState({ quality: { status: 'none' } });
}

store.subscribe(({ modelNumber }, before) => {
  if (modelNumber !== before.modelNumber) cancelMeasuring();
});
