/** Ranks a person's networks in a worker of its own: results come as they are made, and stay when it is stopped. */
import type { RankResult } from '../../tasks';
import type { BackendReport } from '../../workers/predictors';
import type { FoundNetwork, RankWorker } from '../../workers/rank-worker';
import { showView } from '../address';
import { type FoundFile, networksAmong } from '../found-files';
import { store } from '../store';
import { type Client, Comlink, connect, messageOf } from '../worker-clients';
import { zooCheckpoints } from '../zoo-names';
import { NO_RANKING, type Ranking, YOURS, zooStore } from './zoo-store';

let client: Client<RankWorker> | undefined;

function startRankWorker(): Client<RankWorker> {
  return connect(
    new Worker(new URL('../../workers/rank-worker.ts', import.meta.url), { type: 'module', name: 'ranking' }),
  );
}

const change = (part: Partial<Ranking>) =>
  zooStore.setState(({ ranking }) => ({ ranking: { ...ranking, ...part } }));

/** A later file of the same path is told apart by a number. */
function byPath(networks: readonly FoundNetwork[]): Map<string, FoundNetwork> {
  const found = new Map<string, FoundNetwork>();
  for (const network of networks) {
    let path = network.path;
    for (let number = 2; found.has(path); number++) path = `${network.path} (${number})`;
    found.set(path, { ...network, path });
  }
  return found;
}

export async function rankFiles(files: readonly FoundFile[]): Promise<void> {
  const found = byPath(networksAmong(files));
  if (found.size === 0) {
    zooStore.setState({ notice: 'There is no model file among these.' });
    return;
  }
  zooStore.setState({ notice: undefined });
  client?.end();
  const own = startRankWorker();
  client = own;
  const startedAt = performance.now();
  zooStore.setState({ ranking: { ...NO_RANKING, status: 'running', found } });
  const whileCurrent = (act: () => void) => {
    if (client === own) act();
  };
  const onMetanet = Comlink.proxy((backend: BackendReport) =>
    whileCurrent(() => change({ backends: [...zooStore.getState().ranking.backends, backend] })),
  );
  const onResults = Comlink.proxy((more: readonly RankResult[]) =>
    whileCurrent(() => {
      const results = [...zooStore.getState().ranking.results, ...more];
      change({ results, took: performance.now() - startedAt });
    }),
  );
  const { engine, budgetBytes } = store.getState();
  try {
    const options = { checkpoints: await zooCheckpoints(), engine, budgetBytes };
    await own.api.rank([...found.values()], options, onMetanet, onResults);
    whileCurrent(() => change({ status: 'done' }));
  } catch (error) {
    whileCurrent(() => change({ status: 'failed', reason: messageOf(error) }));
  } finally {
    own.end();
  }
}

/** Ranks what was dropped and shows it. */
export async function rankDropped(files: readonly FoundFile[]): Promise<void> {
  showView('zoo');
  zooStore.setState({ section: YOURS });
  await rankFiles(files);
}

/** Stops, and keeps what is done. */
export function stopRanking(): void {
  client?.end();
  client = undefined;
  change({ status: 'stopped' });
}
