/**
 * The thread that holds the open file: reads, lowers, builds the graph, and answers questions about its values.
 * Weights are read from the file when they are asked for; the last ones used are kept.
 */
import * as Comlink from 'comlink';
import {
  blobSource,
  type ModelFile,
  openModel,
  type PythonImport,
  readTensor,
  type StoredTensor,
} from '../formats';
import {
  blockValues,
  buildGraph,
  type GraphShape,
  type ParameterGraph,
  readAllValues,
  shapeOfGraph,
} from '../graph';
import { type Network, readNetwork } from '../network';
import {
  type BlockPicture,
  blockPicture,
  blocksOfGroup,
  type KnownAccuracy,
  knownAccuracy,
  type Neighbourhood,
  neighbourhood,
  type TensorStatistics,
  tensorStatistics,
} from '../tasks';

export interface TensorSummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly elementCount: number;
}

export interface LayerSummary {
  readonly index: number;
  readonly name: string;
  readonly kind: Network['layers'][number]['operation']['kind'];
  readonly tensors: readonly TensorSummary[];
  /** Edge blocks that belong to it. */
  readonly blocks: readonly number[];
}

export interface ModelSummary {
  readonly fileName: string;
  readonly format: ModelFile['format'];
  readonly variant: ModelFile['variant'];
  readonly byteLength: number;
  readonly producer: string | undefined;
  readonly opset: number | undefined;
  readonly warnings: readonly string[];
  /** What loading the file in Python would import and call. */
  readonly pythonImports: readonly PythonImport[];
  readonly notUnderstood: Network['notUnderstood'];
  readonly unplaced: ParameterGraph['unplaced'];
  readonly layers: readonly LayerSummary[];
  readonly graph: GraphShape;
  /** What the file's own metadata say of its accuracy (networks of the zoo do). */
  readonly known: KnownAccuracy | undefined;
}

interface OpenModel {
  readonly file: ModelFile;
  readonly network: Network;
  readonly graph: ParameterGraph;
}

/** Decoded tensors that are kept for the next question. */
const CACHE_BYTES = 64 * 2 ** 20;

class TensorCache {
  readonly #entries = new Map<StoredTensor, Float32Array>();
  #bytes = 0;

  async read(tensor: StoredTensor): Promise<Float32Array> {
    const known = this.#entries.get(tensor);
    if (known) {
      this.#entries.delete(tensor);
      this.#entries.set(tensor, known); // most recently used last
      return known;
    }
    const values = await readTensor(tensor);
    this.#entries.set(tensor, values);
    this.#bytes += values.byteLength;
    for (const [oldest, old] of this.#entries) {
      if (this.#bytes <= CACHE_BYTES || oldest === tensor) break;
      this.#entries.delete(oldest);
      this.#bytes -= old.byteLength;
    }
    return values;
  }
}

function summariseLayers({ layers }: Network, graph: ParameterGraph): LayerSummary[] {
  return layers.map(({ name, operation }, index) => {
    const blocks = graph.blocks.flatMap((block, number) => (block.layer === index ? [number] : []));
    const tensors = new Map<string, TensorSummary>();
    for (const block of blocks) {
      const { values } = graph.blocks[block];
      if (values.kind === 'constant') continue;
      const { name: tensorName, shape, type, elementCount } = values.tensor;
      tensors.set(tensorName, { name: tensorName, shape, type, elementCount });
    }
    return { index, name, kind: operation.kind, tensors: [...tensors.values()], blocks };
  });
}

export class ModelWorker {
  #model: OpenModel | undefined;
  #cache = new TensorCache();

  /** Opens a model. If that fails, the one that was open stays open. */
  async open(files: readonly { name: string; blob: Blob }[]): Promise<ModelSummary> {
    const file = await openModel(files.map(({ name, blob }) => blobSource(blob, name)));
    const network = await readNetwork(file);
    const graph = buildGraph(network);
    this.#model = { file, network, graph };
    this.#cache = new TensorCache();
    const { fileName, format, variant, byteLength, producer, opset, warnings, pythonImports } = file;
    return {
      fileName,
      format,
      variant,
      byteLength,
      producer,
      opset,
      warnings,
      pythonImports: pythonImports ?? [],
      notUnderstood: network.notUnderstood,
      unplaced: graph.unplaced,
      layers: summariseLayers(network, graph),
      graph: shapeOfGraph(graph),
      known: knownAccuracy(file),
    };
  }

  get #open(): OpenModel {
    if (!this.#model) throw new Error('No model is open.');
    return this.#model;
  }

  async #values(block: number): Promise<Float32Array> {
    const { graph } = this.#open;
    const { values } = graph.blocks[block];
    const elements = values.kind === 'tensor' ? await this.#cache.read(values.tensor) : new Float32Array(0);
    return blockValues(graph.blocks[block], graph.groups, elements);
  }

  async picture(block: number, wanted?: number): Promise<BlockPicture> {
    const picture = blockPicture(this.#open.graph.blocks[block], await this.#values(block), wanted);
    return Comlink.transfer(picture, [picture.pairs.buffer, picture.strengths.buffer]);
  }

  async statistics(tensorName: string): Promise<TensorStatistics> {
    const tensor = this.#open.network.tensors.get(tensorName);
    if (!tensor) throw new Error(`The open model has no tensor "${tensorName}".`);
    return tensorStatistics(await this.#cache.read(tensor));
  }

  /** A block's values in edge order, [edgeCount]. */
  async blockValues(block: number): Promise<Float32Array> {
    return (await this.#values(block)).slice();
  }

  /** The taps of one pair of a block. */
  async pairValues(block: number, pair: number): Promise<Float32Array> {
    const { taps } = this.#open.graph.blocks[block];
    return (await this.#values(block)).slice(pair * taps, (pair + 1) * taps);
  }

  async neighbours(node: number): Promise<Neighbourhood[]> {
    const { graph } = this.#open;
    const group = graph.groups.findIndex(({ first, count }) => node >= first && node < first + count);
    const place = node - graph.groups[group].first;
    return await Promise.all(
      blocksOfGroup(graph, group).map(async ({ block, direction }) =>
        neighbourhood(graph, block, direction, place, await this.#values(block)),
      ),
    );
  }

  /** All values, to be handed to a metanet: [edgeCount] per block. */
  async allValues(): Promise<Float32Array[]> {
    const { graph } = this.#open;
    const values = (await readAllValues(graph.blocks, graph.groups)).map((list) => list.slice());
    return Comlink.transfer(
      values,
      values.map(({ buffer }) => buffer),
    );
  }
}

Comlink.expose(new ModelWorker());
