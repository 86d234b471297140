/** The thread that ranks many networks. To stop it, it is ended: what it has reported stays. */
import * as Comlink from 'comlink';
import { blobSource } from '../formats';
import type { MetanetInput } from '../metanets/input';
import { type RankResult, rankNetworks } from '../tasks';
import { type BackendReport, type EngineChoice, isLost, openPredictor } from './open-predictor';

interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** A network as the page found it: where, its own file, and those that may hold its external data. */
export interface FoundNetwork {
  readonly path: string;
  readonly file: NamedBlob;
  readonly companions: readonly NamedBlob[];
}

export interface RankOptions {
  readonly checkpointUrl: string;
  readonly engine: EngineChoice;
  readonly budgetBytes: number;
}

export class RankWorker {
  async rank(
    found: readonly FoundNetwork[],
    { checkpointUrl, engine, budgetBytes }: RankOptions,
    onStart: (backend: BackendReport) => void,
    onResults: (results: RankResult[]) => void,
  ): Promise<void> {
    let opened = await openPredictor(checkpointUrl, engine);
    onStart(opened.report);
    const metanet = {
      checkpoint: opened.predictor.checkpoint,
      run: async (inputs: readonly MetanetInput[]) => {
        try {
          return await opened.predictor.run(inputs, { budgetBytes });
        } catch (error) {
          if (!(await isLost(opened.gpu))) throw error;
          // The graphics device is gone: the rest on the CPU.
          opened = await openPredictor(checkpointUrl, 'cpu');
          return await opened.predictor.run(inputs, { budgetBytes });
        }
      },
    };
    const source = ({ name, blob }: NamedBlob) => blobSource(blob, name);
    const files = found.map(({ path, file, companions }) => ({
      path,
      source: source(file),
      companions: companions.map(source),
    }));
    for await (const results of rankNetworks(files, metanet)) await onResults(results);
  }
}

Comlink.expose(new RankWorker());
