/** Checkpoints of one training run, read one after the other: how far each is from the first and from the one before it. */
import { haveSameArchitecture, type ModelValues, tensorDifferences } from '../alignment';
import { type GraphShape, type ParameterGraph, shapeOfGraph } from '../graph';
import { blockPicture, type KnownAccuracy } from '../tasks';
import type { NamedBlob } from './compare-worker';

export interface SeriesFile {
  readonly path: string;
  readonly files: readonly NamedBlob[];
}

export interface Checkpoint {
  readonly id: number;
  readonly path: string;
  readonly known: KnownAccuracy | undefined;
  /** Per tensor of the series ‖difference‖ / ‖the longer of the two‖. */
  readonly fromFirst: readonly number[];
  readonly fromPrevious: readonly number[];
}

export interface SeriesTensor {
  readonly name: string;
  readonly isWeight: boolean;
  readonly elementCount: number;
}

export interface Series {
  readonly graph: GraphShape;
  readonly tensors: readonly SeriesTensor[];
  readonly checkpoints: readonly Checkpoint[];
  /** Files that are none of the series', and why. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** Per block the strength of its strongest pair in any checkpoint, so that all are drawn on one scale. */
  readonly strongest: readonly number[];
}

interface OpenCheckpoint {
  readonly id: number;
  readonly graph: ParameterGraph;
  readonly known: KnownAccuracy | undefined;
  read(): Promise<ModelValues>;
}

export class SeriesReader {
  #graph: ParameterGraph | undefined;
  #first: ModelValues = [];
  #previous: ModelValues = [];
  #tensors: SeriesTensor[] = [];
  #strongest: number[] = [];
  readonly #checkpoints: Checkpoint[] = [];
  readonly #leftOut: { path: string; reason: string }[] = [];
  /** Models that were opened and are of another structure. */
  readonly refused: number[] = [];

  async add(
    { path, files }: SeriesFile,
    open: (files: readonly NamedBlob[]) => Promise<OpenCheckpoint>,
  ): Promise<void> {
    try {
      const checkpoint = await open(files);
      if (this.#graph && !haveSameArchitecture(this.#graph, checkpoint.graph)) {
        this.refused.push(checkpoint.id);
        this.#leftOut.push({ path, reason: `It is built otherwise than ${this.#checkpoints[0].path}.` });
        return;
      }
      await this.#measure(path, checkpoint);
    } catch (error) {
      this.#leftOut.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #measure(path: string, { id, graph, known, read }: OpenCheckpoint): Promise<void> {
    const values = await read();
    if (!this.#graph) {
      [this.#graph, this.#first, this.#previous] = [graph, values, values];
      this.#strongest = graph.blocks.map(() => 0);
    }
    const both = { before: this.#first, after: this.#previous };
    const differences = tensorDifferences({ first: this.#graph, second: this.#graph }, values, both);
    this.#tensors = differences.map(({ first: name, isWeight, elementCount }) => ({
      ...{ name, isWeight, elementCount },
    }));
    this.#strongest = this.#strongest.map((most, block) =>
      Math.max(most, blockPicture(graph.blocks[block], values[block], 1).strongest),
    );
    this.#checkpoints.push({
      ...{ id, path, known },
      fromFirst: differences.map(({ before }) => before.relative),
      fromPrevious: differences.map(({ after }) => after.relative),
    });
    this.#previous = values;
  }

  /** Throws where none of the files could be read. */
  get series(): Series {
    if (!this.#graph) throw new Error(this.#leftOut[0]?.reason ?? 'There is no model among these files.');
    return {
      graph: shapeOfGraph(this.#graph),
      tensors: this.#tensors,
      checkpoints: this.#checkpoints,
      leftOut: this.#leftOut,
      strongest: this.#strongest,
    };
  }
}
