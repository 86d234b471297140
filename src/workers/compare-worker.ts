/**
 * The thread that compares models. It holds those that it was given; of those that came as files, values are read when they
 * are needed. Of the pair that was compared last it keeps the values, for pictures and for the models between them.
 */
import * as Comlink from 'comlink';
import {
  type AlignedModels,
  type ComparedModel,
  compareModels,
  type DifferentArchitectures,
  interpolate,
  type ModelValues,
  type NeuronLikeness,
  neuronLikeness,
} from '../alignment';
import { blobSource, type ModelFile, memorySource, openModel, readTensor } from '../formats';
import {
  blockValues,
  buildGraph,
  type GraphShape,
  type ParameterGraph,
  permuteBlockValues,
  randomSymmetry,
  readAllValues,
  readBlockValues,
  seededRandom,
  shapeOfGraph,
  writeBlockValues,
} from '../graph';
import { type Network, readNetwork } from '../network';
import { type BlockPicture, blockPicture, type KnownAccuracy, knownAccuracy } from '../tasks';
import { checkComparable } from './compare-limits';
import { type Series, type SeriesFile, SeriesReader } from './compare-series';

export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** A model that the worker holds, by its number. */
export interface HeldModel {
  readonly id: number;
  readonly name: string;
  readonly graph: GraphShape;
  readonly known: KnownAccuracy | undefined;
}

/** What was found, without the aligned values: they stay here. */
export type Comparison = Omit<AlignedModels, 'aligned'> | DifferentArchitectures;

interface Held {
  readonly name: string;
  readonly graph: ParameterGraph;
  readonly known: KnownAccuracy | undefined;
  /** Undefined where they are read from the file. */
  readonly values: ModelValues | undefined;
  /** Undefined where another thread has it. */
  readonly file: OpenedFile | undefined;
}

interface OpenedFile {
  readonly model: ModelFile;
  readonly network: Network;
}

interface Pair {
  readonly graph: ParameterGraph;
  readonly first: ModelValues;
  readonly second: ModelValues;
  readonly aligned: ModelValues;
  /** The first one's file: what lies between is written into it. */
  frame: OpenedFile | undefined;
}

export class CompareWorker {
  readonly #held = new Map<number, Held>();
  #lastId = 0;
  #pair: Pair | undefined;
  #comparing = new AbortController();

  /** Opens the files of one model. */
  async open(files: readonly NamedBlob[]): Promise<HeldModel> {
    const file = await openFile(files.map(({ name, blob }) => blobSource(blob, name)));
    const { model, network } = file;
    const [graph, known] = [buildGraph(network), knownAccuracy(model)];
    return this.#hold({ name: model.fileName, graph, known, values: undefined, file });
  }

  /** Holds a model that another thread has open: as `sendableGraph` makes it. */
  take(name: string, { graph, values }: ComparedModel, known: KnownAccuracy | undefined): HeldModel {
    return this.#hold({ name, graph, known, values, file: undefined });
  }

  /** Another model: this one, its hidden neurons in a random order that leaves its function as it is. */
  async shuffle(id: number, seed: number): Promise<HeldModel> {
    const { name, graph, known } = this.#model(id);
    const permutation = randomSymmetry(graph, seededRandom(seed));
    const values = await this.#values(id);
    const moved = graph.blocks.map((block, index) =>
      permuteBlockValues(block, graph, permutation, values[index]),
    );
    return this.#hold({ name: `${name}, neurons shuffled`, graph, known, values: moved, file: undefined });
  }

  #hold(model: Held): HeldModel {
    checkComparable(model.name, model.graph);
    const id = ++this.#lastId;
    this.#held.set(id, model);
    const { name, graph, known } = model;
    return { id, name, graph: shapeOfGraph(graph), known };
  }

  forget(id: number): void {
    this.#held.delete(id);
  }

  #model(id: number): Held {
    const model = this.#held.get(id);
    if (!model) throw new Error('This model is no longer open.');
    return model;
  }

  async #values(id: number): Promise<ModelValues> {
    const { graph, values } = this.#model(id);
    return values ?? (await readAllValues(graph.blocks, graph.groups));
  }

  /** Compares two models that are held. Rejects when it is stopped. */
  async compare(first: number, second: number, onProgress: (share: number) => void): Promise<Comparison> {
    this.stop();
    const { signal } = this.#comparing;
    const models = await Promise.all(
      [first, second].map(async (id) => ({ graph: this.#model(id).graph, values: await this.#values(id) })),
    );
    this.#pair = undefined;
    const found = await compareModels(models[0], models[1], { onProgress, signal });
    if (found.kind === 'differentArchitectures') return found;
    const { aligned, ...result } = found;
    const [{ graph, values }, other] = models;
    const { file } = this.#model(first);
    this.#pair = { graph, first: values, second: other.values, aligned, frame: file };
    return result;
  }

  /** Ends a comparison, or the reading of a series, that is under way: it rejects. */
  stop(): void {
    this.#comparing.abort();
    this.#comparing = new AbortController();
  }

  get #compared(): Pair {
    if (!this.#pair) throw new Error('No two models have been compared.');
    return this.#pair;
  }

  /** What is drawn of a block; of the second model in the first one's order where no model is named. */
  async picture(id: number | 'aligned', block: number, wanted?: number): Promise<BlockPicture> {
    const picture = blockPicture(...(await this.#block(id, block)), wanted);
    return Comlink.transfer(picture, [picture.pairs.buffer, picture.strengths.buffer]);
  }

  async #block(
    id: number | 'aligned',
    index: number,
  ): Promise<[ParameterGraph['blocks'][number], Float32Array]> {
    if (id === 'aligned') return [this.#compared.graph.blocks[index], this.#compared.aligned[index]];
    const { graph, values } = this.#model(id);
    const block = graph.blocks[index];
    if (values) return [block, values[index]];
    const isConstant = block.values.kind === 'constant';
    const none = new Float32Array(0);
    return [
      block,
      isConstant ? blockValues(block, graph.groups, none) : await readBlockValues(block, graph.groups),
    ];
  }

  /** How alike a neuron of the first model is to its counterparts. */
  likeness(node: number): NeuronLikeness | undefined {
    const { graph, first, second, aligned } = this.#compared;
    return neuronLikeness(graph, node, first, { before: second, after: aligned });
  }

  /** The model at this share of the way from the first to the second, as its file has it or aligned: [edgeCount] per block. */
  between(share: number, isAligned: boolean): Float32Array[] {
    const { first, second, aligned } = this.#compared;
    return sent(interpolate(first, isAligned ? aligned : second, share));
  }

  /** The first model as ONNX, where this worker has not opened its file itself. */
  async giveFrame(onnx: Uint8Array): Promise<void> {
    this.#compared.frame = await openFile([memorySource(onnx, 'the first model')]);
  }

  /** What `between` gives as an ONNX file. Throws FormatError where the first model cannot be written as one. */
  async onnxBetween(share: number, isAligned: boolean): Promise<Uint8Array<ArrayBuffer>> {
    const { graph, first, second, aligned, frame } = this.#compared;
    if (!frame) throw new Error('The first model is not there as a file.');
    const values = interpolate(first, isAligned ? aligned : second, share);
    const { writeOnnx } = await import('../formats/onnx/write-model');
    const bytes = await writeOnnx(frame.model, frame.network, await elementsOf(graph, values, frame.network));
    return Comlink.transfer(bytes, [bytes.buffer]);
  }

  /** All values of a model, [edgeCount] per block. */
  async allValues(id: number): Promise<Float32Array[]> {
    return sent((await this.#values(id)).map((list) => list.slice()));
  }

  /** Reads checkpoints of one structure, in this order. `onProgress` is told the share that is done. */
  async openSeries(files: readonly SeriesFile[], onProgress: (share: number) => void): Promise<Series> {
    this.stop();
    const { signal } = this.#comparing;
    const reader = new SeriesReader();
    for (const [index, file] of files.entries()) {
      signal.throwIfAborted();
      onProgress(index / files.length);
      await reader.add(file, async (blobs) => {
        const held = await this.open(blobs);
        return { ...held, graph: this.#model(held.id).graph, read: () => this.#values(held.id) };
      });
    }
    for (const id of reader.refused) this.forget(id);
    return reader.series;
  }
}

async function openFile(sources: Parameters<typeof openModel>[0]): Promise<OpenedFile> {
  const model = await openModel(sources);
  return { model, network: await readNetwork(model) };
}

/** Values of a graph as elements of a network's tensors, [elementCount] each; elements that no edge has stay. */
async function elementsOf(
  { blocks, groups }: ParameterGraph,
  values: ModelValues,
  { tensors }: Network,
): Promise<Map<string, Float32Array>> {
  const elements = new Map<string, Float32Array>();
  for (const [index, block] of blocks.entries()) {
    if (block.values.kind === 'constant') continue;
    const { name } = block.values.tensor;
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`The first model's file has no tensor "${name}" of its own.`);
    const own = elements.get(name) ?? (await readTensor(tensor));
    elements.set(name, own);
    writeBlockValues(block, groups, values[index], own);
  }
  return elements;
}

function sent(values: Float32Array[]): Float32Array[] {
  return Comlink.transfer(
    values,
    values.map(({ buffer }) => buffer),
  );
}

Comlink.expose(new CompareWorker());
