/**
 * The verdict on a network: its predicted accuracy, how far to trust it, and whether the network resembles those that the
 * metanet was trained on.
 */
import type { GmnProgram, RunOptions } from '../engine';
import type { GraphShape } from '../graph';
import type { Checkpoint } from '../metanets/checkpoint';
import { type GmnWeights, gmnWeights, runGmn } from '../metanets/gmn';
import { type MetanetInput, metanetInput } from '../metanets/input';

/** What computes: the GPU program, or the plain reference. */
export type Backend = { readonly kind: 'gpu'; readonly program: GmnProgram } | { readonly kind: 'cpu' };

export interface Verdict {
  /** Predicted accuracy, 0 … 1, and the interval that holds the true one with the card's coverage. */
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly domain: DomainCheck;
  readonly computedOn: Backend['kind'];
  readonly milliseconds: number;
}

export interface DomainCheck {
  /** Distance from the zoo's networks in the embedding, in units of the threshold. Above 1: unlike the zoo. */
  readonly distance: number;
  readonly isInside: boolean;
  /** Plain differences that need no metanet to see: other inputs, other outputs. */
  readonly reasons: readonly string[];
}

/** A network that no prediction can be made for, and why. */
export class NotPredictableError extends Error {
  override readonly name = 'NotPredictableError';
}

/** The reference needs about this many bytes a pair of nodes; networks beyond its bound wait for a GPU. */
const MAX_CPU_PAIRS = 400_000;
/** States larger than this are refused before a browser tab runs out of memory. */
const MAX_GPU_BYTES = 1.5 * 2 ** 30;

const GIB = 2 ** 30;

/** Throws where no prediction can be made, before any work is done. */
export function checkPredictable(graph: GraphShape, checkpoint: Checkpoint, kind: Backend['kind']): void {
  if (graph.depth < 2) {
    throw new NotPredictableError(
      'This network has no hidden layer: it maps inputs straight to outputs. The metanet has only learned from networks with hidden layers, so it makes no prediction.',
    );
  }
  const { width } = checkpoint.card;
  const bytes = 4 * (2 * graph.pairCount * width + graph.edgeCount);
  if (kind === 'cpu' && graph.pairCount > MAX_CPU_PAIRS) {
    throw new NotPredictableError(
      `This network is too large to be judged without a GPU: it has ${graph.pairCount.toLocaleString('en')} pairs of nodes, and the CPU takes up to ${MAX_CPU_PAIRS.toLocaleString('en')}. Open the page in a browser with WebGPU.`,
    );
  }
  if (kind === 'gpu' && bytes > MAX_GPU_BYTES) {
    throw new NotPredictableError(
      `This network is too large to be judged in one piece: its edge states need ${(bytes / GIB).toFixed(1)} GiB, and this version takes up to ${(MAX_GPU_BYTES / GIB).toFixed(1)} GiB. The graph and its weights can still be looked at.`,
    );
  }
}

function checkFinite(graph: GraphShape, values: readonly Float32Array[]): void {
  graph.blocks.forEach((block, index) => {
    let count = 0;
    for (const value of values[index]) if (!Number.isFinite(value)) count++;
    if (count > 0) {
      throw new NotPredictableError(
        `${count.toLocaleString('en')} of the ${block.edgeCount.toLocaleString('en')} weights in "${block.tensorName ?? block.name}" ${count === 1 ? 'is' : 'are'} not finite (NaN or infinity), so nothing can be predicted. The network was probably saved after its training diverged.`,
      );
    }
  });
}

function domainCheck(checkpoint: Checkpoint, graph: GraphShape, embedding: Float64Array): DomainCheck {
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
  const distance = Math.sqrt(squares / rows) / card.domain.threshold;
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
  if (distance > 1) reasons.push("its weights are arranged unlike any of the zoo's networks");
  return { distance, isInside: reasons.length === 0, reasons };
}

export class AccuracyPredictor {
  readonly #weights: GmnWeights;

  constructor(
    readonly checkpoint: Checkpoint,
    readonly backend: Backend,
  ) {
    this.#weights = gmnWeights(checkpoint);
  }

  /** Predicts from a graph and its values, [edgeCount] per block. Throws NotPredictableError, GraphTooLargeError. */
  async predict(
    graph: GraphShape,
    values: readonly Float32Array[],
    options: RunOptions = {},
  ): Promise<Verdict> {
    checkPredictable(graph, this.checkpoint, this.backend.kind);
    checkFinite(graph, values);
    const start = performance.now();
    const { outputs, embedding } = await this.run(metanetInput(graph, values), options);
    const milliseconds = performance.now() - start;
    const accuracy = 1 / (1 + Math.exp(-outputs[0]));
    const { halfWidth } = this.checkpoint.card.interval;
    return {
      accuracy,
      low: Math.max(0, accuracy - halfWidth),
      high: Math.min(1, accuracy + halfWidth),
      domain: domainCheck(this.checkpoint, graph, embedding),
      computedOn: this.backend.kind,
      milliseconds,
    };
  }

  async run(input: MetanetInput, options: RunOptions = {}) {
    return this.backend.kind === 'gpu'
      ? await this.backend.program.run(input, options)
      : runGmn(this.#weights, input, { onProgress: options.onProgress });
  }

  /** Largest relative difference between this backend and the plain reference on one network. */
  async selfCheck(graph: GraphShape, values: readonly Float32Array[]): Promise<number> {
    const input = metanetInput(graph, values);
    const [own, reference] = [await this.run(input), runGmn(this.#weights, input, { precision: 'float64' })];
    let [difference, magnitude] = [0, 0];
    reference.embedding.forEach((value, index) => {
      difference = Math.max(difference, Math.abs(value - own.embedding[index]));
      magnitude = Math.max(magnitude, Math.abs(value));
    });
    return difference / magnitude;
  }
}
