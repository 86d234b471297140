/**
 * Many networks' accuracies, one file after the other: each is read, and judged together with others in batches. Only a
 * batch's weights are in memory at a time. What goes wrong with a file is said of that file; the others go on.
 */
import { type ByteSource, memorySource, openModel } from '../formats';
import { buildGraph, type GraphShape, readAllValues } from '../graph';
import type { Checkpoint } from '../metanets/checkpoint';
import type { MetanetInput } from '../metanets/input';
import type { MetanetOutput } from '../metanets/output';
import { readNetwork } from '../network';
import { type KnownAccuracy, knownAccuracy } from './known-accuracy';
import { checkedInput, type Verdict, verdictOf } from './predict-accuracy';
import { sha256 } from './sha256';

/** A network's own file, and those that may hold its external data. */
export interface NetworkFile {
  readonly path: string;
  readonly source: ByteSource;
  readonly companions: readonly ByteSource[];
}

export interface RankedNetwork {
  readonly kind: 'ranked';
  readonly path: string;
  /** Of the network's own file; undefined where the browser does not compute it (pages without a secure connection). */
  readonly sha256: string | undefined;
  readonly verdict: Pick<Verdict, 'accuracy' | 'low' | 'high' | 'domain'>;
  /** Whose metanet has judged it. */
  readonly zoo: string;
  /** Parameters of the network, and how many of them the metanet reads. */
  readonly parameters: { readonly placed: number; readonly all: number };
  readonly known: KnownAccuracy | undefined;
}

export interface RefusedNetwork {
  readonly kind: 'refused';
  readonly path: string;
  readonly sha256: string | undefined;
  readonly reason: string;
}

export type RankResult = RankedNetwork | RefusedNetwork;

/** What runs the metanet of a zoo, and what the metanet knows of it. */
export interface RankingMetanet {
  readonly zoo: string;
  readonly checkpoint: Checkpoint;
  run(inputs: readonly MetanetInput[]): Promise<MetanetOutput[]>;
}

/** The metanet that judges networks of a shape; the same object for the same metanet. */
export type ChooseMetanet = (graph: GraphShape) => Promise<RankingMetanet>;

/** Some fifty small networks: enough to fill an engine, and done in a second or two on one thread. */
const MAX_BATCH_PAIRS = 60_000;
const MAX_BATCH_FILES = 100;

/** A file is read whole, for its hash; a network of this size is better opened on its own. */
const MAX_FILE_BYTES = 2 ** 30;

/** A network that has been read, and waits to be judged. */
interface WaitingNetwork extends Omit<RankedNetwork, 'kind' | 'verdict' | 'zoo'> {
  readonly input: MetanetInput;
  readonly metanet: RankingMetanet;
}

/** Yields results a batch at a time. */
export async function* rankNetworks(
  files: readonly NetworkFile[],
  choose: ChooseMetanet,
): AsyncGenerator<RankResult[]> {
  let [waiting, refused]: [WaitingNetwork[], RefusedNetwork[]] = [[], []];
  let pairs = 0;
  for (const file of files) {
    const read = await readFile(file, choose);
    const more = 'input' in read ? read.input.graph.pairCount : 0;
    if (pairs + more > MAX_BATCH_PAIRS || waiting.length + refused.length === MAX_BATCH_FILES) {
      yield [...refused, ...(await judge(waiting))];
      [waiting, refused, pairs] = [[], [], 0];
    }
    if ('input' in read) waiting.push(read);
    else refused.push(read);
    pairs += more;
  }
  yield [...refused, ...(await judge(waiting))];
}

async function readFile(
  { path, source, companions }: NetworkFile,
  choose: ChooseMetanet,
): Promise<WaitingNetwork | RefusedNetwork> {
  let hash: string | undefined;
  try {
    if (source.byteLength > MAX_FILE_BYTES) {
      const size = (source.byteLength / 2 ** 30).toFixed(1);
      throw new Error(`The file is too large to be ranked among others (${size} GiB). Open it on its own.`);
    }
    const bytes = await source.read(0, source.byteLength);
    hash = await sha256(bytes as Uint8Array<ArrayBuffer>);
    const file = await openModel([memorySource(bytes, source.name), ...companions]);
    const graph = buildGraph(await readNetwork(file));
    const input = checkedInput(graph, await readAllValues(graph.blocks, graph.groups));
    const metanet = await choose(graph);
    return { path, sha256: hash, input, metanet, parameters: graph.parameters, known: knownAccuracy(file) };
  } catch (error) {
    return refusal(path, hash, error);
  }
}

async function judge(networks: readonly WaitingNetwork[]): Promise<RankResult[]> {
  const results: RankResult[] = [];
  for (const metanet of new Set(networks.map((network) => network.metanet))) {
    results.push(
      ...(await judgeBy(
        metanet,
        networks.filter((network) => network.metanet === metanet),
      )),
    );
  }
  return results;
}

async function judgeBy(metanet: RankingMetanet, networks: readonly WaitingNetwork[]): Promise<RankResult[]> {
  try {
    const outputs = await metanet.run(networks.map(({ input }) => input));
    return networks.map(({ input, metanet: { zoo, checkpoint }, ...network }, index) => ({
      kind: 'ranked',
      ...network,
      zoo,
      verdict: verdictOf(checkpoint, input, outputs[index]),
    }));
  } catch (error) {
    const [{ path, sha256 }] = networks;
    if (networks.length === 1) return [refusal(path, sha256, error)];
    // One of them is too much for the engine: each for itself, so that only that one is refused.
    const results: RankResult[] = [];
    for (const network of networks) results.push(...(await judgeBy(metanet, [network])));
    return results;
  }
}

function refusal(path: string, sha256: string | undefined, error: unknown): RefusedNetwork {
  return { kind: 'refused', path, sha256, reason: error instanceof Error ? error.message : String(error) };
}
