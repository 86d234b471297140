/**
 * The thread that holds the open file: reads, lowers, builds the graph, and answers questions about its values.
 * Weights are read from the file when they are asked for; the last ones used are kept.
 */
import * as Comlink from 'comlink';
import { type ComparedModel, sendableGraph } from '../alignment';
import { type Edit, EditedNetwork, freedoms, type GroupFreedom } from '../edits';
import { blobSource, type ModelFile, openModel, readTensor, type StoredTensor } from '../formats';
import {
  blockValues,
  buildGraph,
  type ParameterGraph,
  readAllValues,
  type ValuePlaces,
  valuePlaces,
} from '../graph';
import { type Corrections, type Network, readNetwork } from '../network';
import {
  type BlockPicture,
  blockPicture,
  blocksOfGroup,
  checkValues,
  type Neighbourhood,
  neighbourhood,
  sha256,
  type TensorStatistics,
  tensorStatistics,
  type ValueCheck,
} from '../tasks';
import { type ModelSummary, summariseModel } from './model-summary';
import type { NetworkValue } from './network-runner';
import { randomInputs } from './network-runner-inputs';
import { TensorCache } from './tensor-cache';

/** The edits that stand, first to last. */
export interface EditState {
  readonly edits: readonly Edit[];
  readonly canRedo: boolean;
}

interface OpenModel {
  readonly file: ModelFile;
  readonly network: Network;
  readonly graph: ParameterGraph;
  /** The network with the edits made to it. */
  readonly edited: EditedNetwork;
  /** Worked out when they are first asked for: no edit changes them. */
  freedoms?: GroupFreedom[];
  /** The file that the model is called after. */
  readonly blob: Blob;
}

/** The browser computes a hash of bytes that are all in memory. */
const MAX_HASHED_BYTES = 2 ** 30;

export class ModelWorker {
  #model: OpenModel | undefined;
  #checking = new AbortController();
  /** What edits of the open model name, and its file does not hold. */
  readonly #scores = new Map<string, readonly Float32Array[]>();
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
    this.#scores.clear();
    this.#checkpoints.clear();
    const { fileName } = file;
    const edited = new EditedNetwork(
      { fileName, network, graph, read: (tensor) => cache.read(tensor) },
      {
        checkpoint: async (name) => this.#checkpoints.get(name),
        scores: async (name) => this.#scores.get(name),
      },
    );
    this.#model = { file, network, graph, edited, blob };
    return summariseModel(file, network, graph);
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

  /** All values, to be handed to a metanet: [edgeCount] per block. With all edits, or as the file has them. */
  async allValues(areEdited = true): Promise<Float32Array[]> {
    const { graph, edited } = this.#open;
    const read = areEdited ? (tensor: StoredTensor) => edited.read(tensor) : readTensor;
    const values = (await readAllValues(graph.blocks, graph.groups, read)).map((list) => list.slice());
    return Comlink.transfer(
      values,
      values.map(({ buffer }) => buffer),
    );
  }

  /** The open model as it is now, to be compared by another thread. */
  async comparable(): Promise<ComparedModel> {
    const graph = sendableGraph(this.#open.graph);
    const values = await this.allValues();
    return Comlink.transfer(
      { graph, values },
      values.map(({ buffer }) => buffer),
    );
  }

  /** What may be done to each group of nodes without changing what the network computes. */
  async freedoms(): Promise<GroupFreedom[]> {
    const model = this.#open;
    model.freedoms ??= freedoms(model.network, model.graph);
    return model.freedoms;
  }

  /** Makes an edit. If it fails, all stays as it was. */
  async edit(edit: Edit): Promise<EditState> {
    await this.#open.edited.apply(edit);
    return this.#editState;
  }

  /** Makes an edit, in the place of the last one if that was of the same kind, on the same layer. */
  async adjust(edit: Edit): Promise<EditState> {
    await this.#open.edited.adjust(edit);
    return this.#editState;
  }

  /** Takes the last edit back if it was of this kind, on this layer. */
  async withdraw(edit: { readonly kind: Edit['kind']; readonly layer?: number }): Promise<EditState> {
    await this.#open.edited.withdraw(edit);
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

  /** Lets edits prune by these scores, [edgeCount] per block, lowest first. */
  setScores(name: string, scores: readonly Float32Array[]): void {
    this.#scores.set(name, scores);
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
    const { writeOnnx } = await import('../formats/onnx/write-model');
    const bytes = await writeOnnx(file, network, isEdited ? edited.elements : new Map());
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  /** The network with its edits as safetensors. */
  async toSafetensors(): Promise<Blob> {
    const { file, network, edited } = this.#open;
    const { writeSafetensors } = await import('../formats/safetensors-writer');
    return await writeSafetensors(file, network, edited.elements);
  }
}

Comlink.expose(new ModelWorker());
