/** The workers as promises. Each open model has a worker of its own, so that a file that fails leaves the last open. */
import * as Comlink from 'comlink';
import type { ComparisonWorker } from '../workers/comparison-worker';
import type { MetanetWorker } from '../workers/metanet-worker';
import type { ModelWorker } from '../workers/model-worker';
import type { NetworkRunnerWorker } from '../workers/network-runner-worker';

export interface Client<T> {
  readonly api: Comlink.Remote<T>;
  end(): void;
}

const endedError = () => new Error('It was ended by what was asked for after it.');

type Call = (...told: unknown[]) => Promise<unknown>;

/** What is asked of a worker whose end comes before its answer is rejected, once all that stood on the worker has been told. */
export function connect<T>(worker: Worker): Client<T> {
  const remote = Comlink.wrap<T>(worker);
  const pending = new Set<(reason: Error) => void>();
  let isEnded = false;
  const api = new Proxy(remote as object, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || key === 'then') return member; // Comlink's own, and what `await` looks for
      return (...told: unknown[]) =>
        new Promise((resolve, reject) => {
          if (isEnded) return reject(endedError());
          pending.add(reject);
          (member as Call)(...told)
            .then(resolve, reject)
            .finally(() => pending.delete(reject));
        });
    },
  });
  return {
    api: api as Client<T>['api'],
    end() {
      isEnded = true;
      worker.terminate();
      setTimeout(() => {
        for (const reject of pending) reject(endedError());
      });
    },
  };
}

export function startModelWorker(): Client<ModelWorker> {
  return connect(
    new Worker(new URL('../workers/model-worker.ts', import.meta.url), { type: 'module', name: 'model' }),
  );
}

export function startMetanetWorker(): Client<MetanetWorker> {
  return connect(
    new Worker(new URL('../workers/metanet-worker.ts', import.meta.url), { type: 'module', name: 'metanet' }),
  );
}

export function startComparisonWorker(): Client<ComparisonWorker> {
  return connect(
    new Worker(new URL('../workers/comparison-worker.ts', import.meta.url), {
      type: 'module',
      name: 'comparison',
    }),
  );
}

export function startNetworkRunner(): Client<NetworkRunnerWorker> {
  return connect(
    new Worker(new URL('../workers/network-runner-worker.ts', import.meta.url), {
      type: 'module',
      name: 'network runner',
    }),
  );
}

/**
 * Asks a worker that tells its progress meanwhile. Progress has a message port of its own and may come in after the answer: what
 * comes then is dropped.
 */
export async function withProgress<Told extends unknown[], Answer>(
  onProgress: (...told: Told) => void,
  ask: (onProgress: ((...told: Told) => void) & Comlink.ProxyMarked) => Promise<Answer>,
): Promise<Answer> {
  let isAnswered = false;
  const whileAsked = (...told: Told) => {
    if (!isAnswered) onProgress(...told);
  };
  try {
    return await ask(Comlink.proxy(whileAsked));
  } finally {
    isAnswered = true;
  }
}

/** Values for a worker, handed over and not copied: hundreds of megabytes would hold the page for as long. */
export const handedOver = (values: Float32Array[]): Float32Array[] =>
  Comlink.transfer(
    values,
    values.map(({ buffer }) => buffer),
  );

/** What an error that crossed threads has to say. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export { Comlink };
