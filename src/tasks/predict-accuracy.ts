/**
 * The verdict on a network: its predicted accuracy, how far to trust it, and whether the network resembles those that the
 * metanet was trained on.
 */
import {
  type BandThread,
  type GmnProgram,
  gradientOnCpu,
  type RunOptions,
  runGmnOnCpu,
  traceOnCpu,
} from '../engine';
import type { GraphShape, ValuePlaces } from '../graph';
import { type Card, intervalAround } from '../metanets/card';
import type { Checkpoint } from '../metanets/checkpoint';
import { type GmnWeights, gmnWeights, runGmn } from '../metanets/gmn';
import { type MetanetInput, metanetInput } from '../metanets/input';
import { outlierLogit } from '../metanets/outlier-net';
import type { MetanetOutput } from '../metanets/output';
import { type Saliency, saliencyOf } from './saliency';
import { strangeFacts } from './strange-facts';
import { type NetworkTrace, networkTrace } from './trace';

/** What computes: the GPU, or threads with WebAssembly. */
export type Backend =
  | { readonly kind: 'gpu'; readonly program: GmnProgram }
  | { readonly kind: 'cpu'; readonly threads: readonly BandThread[] };

export interface Verdict {
  /** Predicted accuracy, 0 … 1, and the interval that holds the true one with the card's coverage. */
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly domain: DomainCheck;
  /** Where the metanet places the network among others: [its width]. */
  readonly embedding: Float32Array;
  readonly computedOn: Backend['kind'];
  readonly milliseconds: number;
}

export interface DomainCheck {
  /** Distance from the zoo's networks, in units of the threshold. Above 1: unlike the zoo. Made of the next two. */
  readonly distance: number;
  /** The embedding's, and what was learned of outliers, if it was. */
  readonly embeddingDistance: number;
  readonly outlierDistance?: number;
  readonly isInside: boolean;
  /** Plain differences that need no metanet to see: other inputs, other outputs. */
  readonly reasons: readonly string[];
}

/** A network that no prediction can be made for, and why. */
export class NotPredictableError extends Error {
  override readonly name = 'NotPredictableError';
}

/** Throws where no prediction can be made, before any work is done. */
export function checkPredictable(graph: GraphShape): void {
  if (graph.depth < 2) {
    throw new NotPredictableError(
      'This network has no hidden layer: it maps inputs straight to outputs. The metanet has only learned from networks with hidden layers, so it makes no prediction.',
    );
  }
}

/** What the metanet reads of a network. Throws NotPredictableError where no prediction can be made from it. */
export function checkedInput(graph: GraphShape, values: readonly Float32Array[]): MetanetInput {
  checkPredictable(graph);
  checkValues(graph, values);
  return metanetInput(graph, values);
}

/** Metanets add up squares of weights times √fan-in, in float32. */
const LARGEST_WEIGHT = 1e12;

function checkValues(graph: GraphShape, values: readonly Float32Array[]): void {
  graph.blocks.forEach(({ edgeCount, tensorName, name }, index) => {
    const refuse = (isStrange: (value: number) => boolean, what: string) => {
      let count = 0;
      for (const value of values[index]) if (isStrange(value)) count++;
      if (count === 0) return;
      throw new NotPredictableError(
        `${count.toLocaleString('en')} of the ${edgeCount.toLocaleString('en')} weights in "${tensorName ?? name}" ${count === 1 ? 'is' : 'are'} ${what}, so nothing can be predicted. The network was probably saved after its training diverged.`,
      );
    };
    refuse((value) => !Number.isFinite(value), 'not finite (NaN or infinity)');
    refuse((value) => Math.abs(value) > LARGEST_WEIGHT, `larger than ${LARGEST_WEIGHT.toExponential()}`);
  });
}

const MAX_STRANGE = 4;
const softplus = (logit: number) => Math.max(0, logit) + Math.log1p(Math.exp(-Math.abs(logit)));

/**
 * How far a network lies from the zoo's, in units of the thresholds: what was learned of outliers (src/metanets/outlier-net.ts), and
 * the Mahalanobis distance of its embedding (Lee et al., 2018) where that is beyond its threshold, or where nothing was learned.
 * training/metanets/checkpoint.py: domain_distance is the same.
 */
function domainDistance(
  checkpoint: Checkpoint,
  input: MetanetInput,
  { embedding }: MetanetOutput,
): Omit<DomainCheck, 'isInside' | 'reasons'> {
  const { card, tensors } = checkpoint;
  const mean = tensors.get('domain.mean');
  const axes = tensors.get('domain.axes');
  if (!mean || !axes) throw new Error('The checkpoint holds no description of its zoo.');
  // Mahalanobis distance along the embedding's principal axes, which the checkpoint stores already scaled.
  const rows = axes.length / mean.length;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    let along = 0;
    for (let k = 0; k < mean.length; k++) along += axes[row * mean.length + k] * (embedding[k] - mean[k]);
    squares += along * along;
  }
  const embeddingDistance = Math.sqrt(squares / rows) / card.domain.threshold;
  const { outlierThreshold } = card.domain;
  if (outlierThreshold === undefined) return { distance: embeddingDistance, embeddingDistance };
  const outlierDistance = softplus(outlierLogit(checkpoint, input, embedding)) / softplus(outlierThreshold);
  // Within its threshold the embedding says less than what was learned of it.
  const distance = embeddingDistance > 1 ? Math.max(embeddingDistance, outlierDistance) : outlierDistance;
  return { distance, embeddingDistance, outlierDistance };
}

function domainCheck(checkpoint: Checkpoint, input: MetanetInput, output: MetanetOutput): DomainCheck {
  const { graph } = input;
  const { card } = checkpoint;
  const distances = domainDistance(checkpoint, input, output);
  const reasons: string[] = [];
  const inputs = graph.groups.filter(({ isInput }) => isInput).reduce((total, { count }) => total + count, 0);
  const outputs = graph.groups
    .filter(({ isOutput }) => isOutput)
    .reduce((total, { count }) => total + count, 0);
  const { task } = card;
  if (inputs !== task.inputs) {
    reasons.push(
      `it reads ${inputs} ${inputs === 1 ? 'channel' : 'channels'}, the zoo's networks ${task.inputs}`,
    );
  }
  if (outputs !== task.outputs) {
    reasons.push(
      `it has ${outputs} ${outputs === 1 ? 'output' : 'outputs'}, the zoo's networks ${task.outputs}`,
    );
  }
  const strange = strangeFacts(checkpoint, graph);
  if (strange.length > 0) {
    const more = strange.length > MAX_STRANGE ? ` and ${strange.length - MAX_STRANGE} more` : '';
    reasons.push(`no network of the zoo has ${strange.slice(0, MAX_STRANGE).join(', ')}${more}`);
  }
  if (!(distances.distance <= 1)) reasons.push("its weights are arranged unlike any of the zoo's networks");
  return { ...distances, isInside: reasons.length === 0, reasons };
}

/** The accuracy that a metanet's outputs stand for, and its interval. */
export function predictedAccuracy(
  card: Card,
  outputs: Float64Array,
  edits: readonly string[] = [],
): Pick<Verdict, 'accuracy' | 'low' | 'high'> {
  const accuracy = 1 / (1 + Math.exp(-outputs[0]));
  return { accuracy, ...intervalAround(card, accuracy, edits) };
}

/** What the metanet's output for a network says, without how it was computed. */
export function verdictOf(
  checkpoint: Checkpoint,
  input: MetanetInput,
  output: MetanetOutput,
  edits: readonly string[] = [],
): Pick<Verdict, 'accuracy' | 'low' | 'high' | 'domain'> {
  return {
    ...predictedAccuracy(checkpoint.card, output.outputs, edits),
    domain: domainCheck(checkpoint, input, output),
  };
}

export class AccuracyPredictor {
  readonly #weights: GmnWeights;

  constructor(
    readonly checkpoint: Checkpoint,
    readonly backend: Backend,
  ) {
    this.#weights = gmnWeights(checkpoint);
  }

  /**
   * Predicts from a graph and its values, [edgeCount] per block. `edits`: what was done to the network, in the words of cards.
   * Throws NotPredictableError, GraphTooLargeError, OutOfMemoryError.
   */
  async predict(
    graph: GraphShape,
    values: readonly Float32Array[],
    options: RunOptions,
    edits: readonly string[] = [],
  ): Promise<Verdict> {
    const start = performance.now();
    const input = checkedInput(graph, values);
    const [output] = await this.run([input], options);
    const milliseconds = performance.now() - start;
    return {
      ...verdictOf(this.checkpoint, input, output, edits),
      embedding: Float32Array.from(output.embedding),
      computedOn: this.backend.kind,
      milliseconds,
    };
  }

  /** What the prediction for a network hangs on. Throws as `predict` does. */
  async saliency(graph: GraphShape, values: readonly Float32Array[], options: RunOptions): Promise<Saliency> {
    const { backend } = this;
    const input = checkedInput(graph, values);
    const gradient =
      backend.kind === 'gpu'
        ? await backend.program.gradient(input, options)
        : await gradientOnCpu(this.#weights, input, backend.threads, options);
    return saliencyOf(graph, values, gradient);
  }

  /** What the metanet computes round by round; with the states of pairs, or without. Throws as `predict` does. */
  async trace(
    graph: GraphShape,
    values: readonly Float32Array[],
    options: RunOptions,
    keepsPairs: boolean,
  ): Promise<NetworkTrace> {
    const { backend } = this;
    const input = checkedInput(graph, values);
    const trace =
      backend.kind === 'gpu'
        ? await backend.program.trace(input, options, keepsPairs)
        : await traceOnCpu(this.#weights, input, backend.threads, options, keepsPairs);
    return networkTrace(this.#weights, trace);
  }

  /** Runs the metanet on networks, together. */
  async run(inputs: readonly MetanetInput[], options: RunOptions): Promise<MetanetOutput[]> {
    const { backend } = this;
    return backend.kind === 'gpu'
      ? await backend.program.run(inputs, options)
      : await runGmnOnCpu(this.#weights, inputs, backend.threads, options);
  }

  /** The metanet for files of this form: their tensors in, outputs and accuracy out. `places`: the graph's `valuePlaces`. */
  async toOnnx(
    graph: GraphShape,
    places: readonly (ValuePlaces | undefined)[],
  ): Promise<Uint8Array<ArrayBuffer>> {
    checkPredictable(graph);
    const { gmnToOnnx } = await import('../metanets/gmn/to-onnx');
    const { valuesFromTensors } = await import('../metanets/gmn/values-from-tensors');
    return gmnToOnnx(this.#weights, metanetInput(graph, []), valuesFromTensors(places));
  }

  /** Largest relative difference between this backend and the plain reference on one network. */
  async selfCheck(graph: GraphShape, values: readonly Float32Array[], options: RunOptions): Promise<number> {
    const input = metanetInput(graph, values);
    const [[own], reference] = [
      await this.run([input], options),
      runGmn(this.#weights, input, { precision: 'float64' }),
    ];
    let [difference, magnitude] = [0, 0];
    reference.embedding.forEach((value, index) => {
      difference = Math.max(difference, Math.abs(value - own.embedding[index]));
      magnitude = Math.max(magnitude, Math.abs(value));
    });
    return difference / magnitude;
  }
}
