/** A run whose states come back: each is copied when it stands in its buffer, and all are mapped when the run is done. */
import { type GmnTrace, tracedReadout } from '../../metanets/gmn/trace';
import type { Copy } from '../dispatcher';
import type { GmnRun } from '../gmn-run';

interface Returning extends Copy {
  /** Where its numbers belong. */
  readonly into: Float32Array;
}

export class TraceReadback {
  readonly #copies: Returning[] = [];

  /** `keepsPairs`: the states of pairs come back too. */
  constructor(
    readonly device: GPUDevice,
    readonly run: GmnRun,
    readonly keepsPairs: boolean,
  ) {}

  async execute(): Promise<GmnTrace> {
    const { gmn, input, prepared } = this.run;
    const { graph } = input;
    const { width, rounds } = gmn.weights;
    const rows = (count: number, length: number) =>
      Array.from({ length }, () => new Float32Array(count * width));
    const nodes = rows(graph.nodeCount, rounds.length + 1);
    const read = rows(graph.nodeCount * 4, rounds.length);
    const pairs = this.keepsPairs ? rows(graph.pairCount, rounds.length + 1) : undefined;
    const { states, gathered } = prepared.nodes;
    const { before, after } = await this.run.execute({
      beforeUpdate: (round) => [
        this.#copy(states.buffer, nodes[round]),
        this.#copy(gathered.buffer, read[round]),
      ],
      afterLast: () => [this.#copy(states.buffer, nodes[rounds.length])],
      onStates: ({ firstPair, pairCount }, buffer, done) => {
        const into = pairs?.[done].subarray(firstPair * width, (firstPair + pairCount) * width);
        return into ? [this.#copy(buffer, into)] : [];
      },
    });
    await this.#read();
    return { nodes, pairs, read, readout: tracedReadout(gmn.weights, input, before, after) };
  }

  #copy(from: GPUBuffer, into: Float32Array): Copy {
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const size = into.byteLength;
    const to = this.device.createBuffer({ label: 'trace', size, usage });
    const copy = { from, to, size, into };
    this.#copies.push(copy);
    return copy;
  }

  async #read(): Promise<void> {
    for (const { to, into } of this.#copies) {
      await to.mapAsync(GPUMapMode.READ);
      into.set(new Float32Array(to.getMappedRange()));
      to.destroy();
    }
    this.#copies.length = 0;
  }

  destroy(): void {
    for (const { to } of this.#copies) to.destroy();
  }
}
