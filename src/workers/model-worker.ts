/**
 * The thread that holds the open file: reads, lowers, builds the graph, and answers questions about its values.
 * Weights are read from the file when they are asked for; the last ones used are kept.
 */
import * as Comlink from 'comlink';
import { type Edit, EditedNetwork, freedoms, type GroupFreedom } from '../edits';
import { blobSource, type ModelFile, openModel, type StoredTensor } from '../formats';
import { writeOnnx } from '../formats/onnx/write-model';
import { writeSafetensors } from '../formats/safetensors-writer';
import {
  blockValues,
  buildGraph,
  type GraphShape,
  type ParameterGraph,
  readAllValues,
  shapeOfGraph,
  type ValuePlaces,
  valuePlaces,
} from '../graph';
import { type Corrections, type Network, readNetwork } from '../network';
import {
  type BlockPicture,
  blockPicture,
  blocksOfGroup,
  checkValues,
  type ImportReport,
  importReport,
  type KnownAccuracy,
  knownAccuracy,
  type Neighbourhood,
  neighbourhood,
  sha256,
  structureOf,
  type TensorStatistics,
  tensorStatistics,
  type ValueCheck,
} from '../tasks';
import type { NetworkValue } from './network-runner';
import { randomInputs } from './network-runner-inputs';
import { TensorCache } from './tensor-cache';

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
  readonly report: ImportReport;
  readonly layers: readonly LayerSummary[];
  readonly graph: GraphShape;
  /** What the file's own metadata say of its accuracy (networks of the zoo do). */
  readonly known: KnownAccuracy | undefined;
  /** Where the connections were inferred: the same for files with the same names and shapes. */
  readonly structure: string | undefined;
}

/** The edits that stand, first to last. */
export interface EditState {
  readonly edits: readonly Edit[];
  readonly canRedo: boolean;
}

/** The scores that `setScores` sets, as edits name them. */
export const SALIENCY = 'saliency';

interface OpenModel {
  readonly file: ModelFile;
  readonly network: Network;
  readonly graph: ParameterGraph;
  /** The network with the edits made to it. */
  readonly edited: EditedNetwork;
  /** The file that the model is called after. */
  readonly blob: Blob;
}

/** The browser computes a hash of bytes that are all in memory. */
const MAX_HASHED_BYTES = 2 ** 30;

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
  #checking = new AbortController();
  #scores: readonly Float32Array[] | undefined;
  /** By name; those of the open model's structure. */
  readonly #checkpoints = new Map<string, EditedNetwork>();

  /** Opens a model. If that fails, the one that was open stays open. */
  async open(files: readonly { name: string; blob: Blob }[]): Promise<ModelSummary> {
    const file = await openModel(files.map(({ name, blob }) => blobSource(blob, name)));
    const own = files.find(({ name }) => name === file.fileName) ?? files[0];
    return await this.#read(file, own.blob);
  }

  /** Reads the open model again, with corrections of what was inferred. If that fails, all stays as it was. */
  async correct(corrections: Corrections): Promise<ModelSummary> {
    const { file, blob } = this.#open;
    return await this.#read(file, blob, corrections);
  }

  async #read(file: ModelFile, blob: Blob, corrections?: Corrections): Promise<ModelSummary> {
    const network = await readNetwork(file, corrections);
    const graph = buildGraph(network);
    this.stopChecking();
    const cache = new TensorCache();
    this.#scores = undefined;
    this.#checkpoints.clear();
    const { fileName } = file;
    const edited = new EditedNetwork(
      { fileName, network, graph, read: (tensor) => cache.read(tensor) },
      {
        checkpoint: async (name) => this.#checkpoints.get(name),
        scores: async (name) => (name === SALIENCY ? this.#scores : undefined),
      },
    );
    this.#model = { file, network, graph, edited, blob };
    return {
      fileName: file.fileName,
      report: importReport(file, network, graph),
      layers: summariseLayers(network, graph),
      graph: shapeOfGraph(graph),
      known: knownAccuracy(file),
      structure: network.inference && structureOf(file.tensors.values()),
    };
  }

  get #open(): OpenModel {
    if (!this.#model) throw new Error('No model is open.');
    return this.#model;
  }

  async #values(block: number): Promise<Float32Array> {
    const { graph, edited } = this.#open;
    const { values } = graph.blocks[block];
    const elements = values.kind === 'tensor' ? await edited.read(values.tensor) : new Float32Array(0);
    return blockValues(graph.blocks[block], graph.groups, elements);
  }

  async picture(block: number, wanted?: number): Promise<BlockPicture> {
    const picture = blockPicture(this.#open.graph.blocks[block], await this.#values(block), wanted);
    return Comlink.transfer(picture, [picture.pairs.buffer, picture.strengths.buffer]);
  }

  async statistics(tensorName: string): Promise<TensorStatistics> {
    const { network, edited } = this.#open;
    const tensor = network.tensors.get(tensorName);
    if (!tensor) throw new Error(`The open model has no tensor "${tensorName}".`);
    return tensorStatistics(await edited.read(tensor));
  }

  /** Looks for what is wrong with the numbers. `onProgress` is told the share that is done. */
  async checkValues(onProgress: (share: number) => void): Promise<ValueCheck> {
    this.#checking = new AbortController();
    const { network, graph } = this.#open;
    return await checkValues(network, graph, { onProgress, signal: this.#checking.signal });
  }

  /** Ends a check that is under way: it rejects. */
  stopChecking(): void {
    this.#checking.abort();
  }

  /** Where in the file's tensors the values of each block lie. */
  async valuePlaces(): Promise<(ValuePlaces | undefined)[]> {
    return valuePlaces(this.#open.graph);
  }

  /** SHA-256 of the open file; undefined for one that is too large to be read whole, or where the browser computes none. */
  async sha256(): Promise<string | undefined> {
    const { blob } = this.#open;
    return blob.size > MAX_HASHED_BYTES ? undefined : await sha256(new Uint8Array(await blob.arrayBuffer()));
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
    const { graph, edited } = this.#open;
    const read = (tensor: StoredTensor) => edited.read(tensor);
    const values = (await readAllValues(graph.blocks, graph.groups, read)).map((list) => list.slice());
    return Comlink.transfer(
      values,
      values.map(({ buffer }) => buffer),
    );
  }

  /** What may be done to each group of nodes without changing what the network computes. */
  async freedoms(): Promise<GroupFreedom[]> {
    const { network, graph } = this.#open;
    return freedoms(network, graph);
  }

  /** Makes an edit, or makes it in the place of the last one. If it fails, all stays as it was. */
  async edit(edit: Edit, isReplacing = false): Promise<EditState> {
    const { edited } = this.#open;
    await (isReplacing ? edited.replaceLast(edit) : edited.apply(edit));
    return this.#editState;
  }

  async undo(): Promise<EditState> {
    await this.#open.edited.undo();
    return this.#editState;
  }

  async redo(): Promise<EditState> {
    await this.#open.edited.redo();
    return this.#editState;
  }

  get #editState(): EditState {
    const { edits, canRedo } = this.#open.edited;
    return { edits, canRedo };
  }

  /** Lets edits prune by these scores, [edgeCount] per block. */
  setScores(scores: readonly Float32Array[]): void {
    this.#scores = scores;
  }

  /** Lets edits go towards another checkpoint of the same structure; returns the name to give them. */
  async openCheckpoint(files: readonly { name: string; blob: Blob }[]): Promise<string> {
    const file = await openModel(files.map(({ name, blob }) => blobSource(blob, name)));
    const network = await readNetwork(file);
    const { fileName } = file;
    this.#checkpoints.set(fileName, new EditedNetwork({ fileName, network, graph: buildGraph(network) }));
    return fileName;
  }

  /** Random inputs to run the network on: the same for the same seed. */
  async inputs(seed: number): Promise<NetworkValue[]> {
    const inputs = randomInputs(this.#open.network, seed);
    return Comlink.transfer(
      inputs,
      inputs.map(({ values }) => values.buffer),
    );
  }

  /** The network as ONNX: as it was opened, or with its edits. Throws FormatError where it cannot be written. */
  async toOnnx(isEdited: boolean): Promise<Uint8Array<ArrayBuffer>> {
    const { file, network, edited } = this.#open;
    const bytes = await writeOnnx(file, network, isEdited ? edited.elements : new Map());
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  /** The network with its edits as safetensors. */
  async toSafetensors(): Promise<Blob> {
    const { file, network, edited } = this.#open;
    return await writeSafetensors(file, network, edited.elements);
  }
}

Comlink.expose(new ModelWorker());
