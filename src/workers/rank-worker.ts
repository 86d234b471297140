/** The thread that ranks many networks. To stop it, it is ended: what it has reported stays. */
import * as Comlink from 'comlink';
import { blobSource } from '../formats';
import type { GraphShape } from '../graph';
import type { MetanetInput } from '../metanets/input';
import { type RankingMetanet, type RankResult, rankNetworks } from '../tasks';
import { type BackendReport, type EngineChoice, Predictors, type ZooCheckpoint } from './predictors';

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
  readonly checkpoints: readonly ZooCheckpoint[];
  readonly engine: EngineChoice;
  readonly budgetBytes: number;
}

export class RankWorker {
  async rank(
    found: readonly FoundNetwork[],
    { checkpoints, engine, budgetBytes }: RankOptions,
    onMetanet: (backend: BackendReport) => void,
    onResults: (results: RankResult[]) => void,
  ): Promise<void> {
    let predictors = await Predictors.open(checkpoints, engine);
    const metanets = new Map<string, RankingMetanet>();
    const run = async (zoo: string, inputs: readonly MetanetInput[]) =>
      await (await predictors.of(zoo)).predictor.run(inputs, { budgetBytes });
    const choose = async (graph: GraphShape): Promise<RankingMetanet> => {
      const { predictor, report } = await predictors.suiting(graph);
      const { zoo } = report;
      const known = metanets.get(zoo);
      if (known) return known;
      onMetanet(report);
      const metanet: RankingMetanet = {
        zoo,
        checkpoint: predictor.checkpoint,
        run: async (inputs) => {
          try {
            return await run(zoo, inputs);
          } catch (error) {
            if (!(await predictors.isLost())) throw error;
            // The graphics device is gone: the rest on the CPU.
            predictors = await Predictors.open(checkpoints, 'cpu');
            return await run(zoo, inputs);
          }
        },
      };
      metanets.set(zoo, metanet);
      return metanet;
    };
    const source = ({ name, blob }: NamedBlob) => blobSource(blob, name);
    const files = found.map(({ path, file, companions }) => ({
      path,
      source: source(file),
      companions: companions.map(source),
    }));
    for await (const results of rankNetworks(files, choose)) await onResults(results);
  }
}

Comlink.expose(new RankWorker());
