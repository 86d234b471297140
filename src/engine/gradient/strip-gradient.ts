/**
 * The edge half of a gradient: one strip of bands on the device, forward through all rounds and back. Nothing is kept of it from
 * pass to pass. Formulas: src/metanets/gmn/gradient-round.ts and its neighbours.
 */
import { LAYER_NORM_EPSILON } from '../../metanets/linear-algebra';
import type { Step } from '../dispatcher';
import type { EdgeContext, StripRun } from '../strip-run';
import type { NodeGradient } from './node-gradient';
import type { WeightsBack } from './weights-back';

/** What the strips of a gradient share besides what they share on the way forward. */
export interface GradientContext extends EdgeContext {
  readonly weightsBack: WeightsBack;
  readonly nodeGradient: NodeGradient;
  /** Kind of edges that each block's are to their targets. */
  readonly kinds: GPUBuffer;
  /** [blocks, 3·H]: gradients of pooled states; `after` is not read where there are no rounds. */
  readonly pools: { readonly before: GPUBuffer; readonly after: GPUBuffer };
  readonly back: {
    /** Per round [pairs, H]: states before it. */
    readonly states: readonly GPUBuffer[];
    /** Gradients of states [pairs, H], and in the end of edge inputs. */
    readonly d: GPUBuffer;
    /** [pairs, H]: gradients of messages, and in the end of the encoder's hidden states. */
    readonly messages: GPUBuffer;
  };
}

export class StripGradient {
  readonly #width4: number;

  constructor(
    readonly context: GradientContext,
    readonly run: StripRun,
  ) {
    this.#width4 = context.gmn.weights.width / 4;
  }

  /** The steps of one pass, to the sums of the gradients of a round's messages; of the last (0, or −1), to the values. */
  pass(round: number): Step[] {
    const { gmn, nodeGradient, pools } = this.context;
    const rounds = gmn.rounds.length;
    const steps = this.#forward();
    if (rounds > 0) steps.push(this.#addPool(pools.after, this.run.states, false));
    for (let r = rounds - 1; r >= Math.max(0, round); r--) {
      steps.push(...this.#toMessages(r));
      if (r > 0 && r === round) {
        const { messages } = this.context.back;
        return [...steps, this.run.bandSums(messages), this.run.gather(nodeGradient.sums.buffer, false)];
      }
      steps.push(...this.#toStates(r));
    }
    const first = rounds > 0 ? this.context.back.states[0] : this.run.states;
    steps.push(this.#addPool(pools.before, first, rounds > 0));
    return [...steps, ...this.#toValues()];
  }

  get #items(): number {
    return this.run.strip.pairCount * this.#width4;
  }

  #forward(): Step[] {
    const { dispatcher, back } = this.context;
    const sizes = dispatcher.buffers.uniform([this.#items]);
    const steps = this.run.begin();
    back.states.forEach((states, round) => {
      steps.push(
        dispatcher.dispatchItems('copy-rows', [sizes, this.run.states, states], this.#items),
        ...this.run.round(round, true),
      );
    });
    return steps;
  }

  #addPool(pools: GPUBuffer, states: GPUBuffer, adds: boolean): Step {
    const { dispatcher, back } = this.context;
    const { buffer, table } = this.run.pairs;
    const sizes = dispatcher.buffers.uniform([this.#width4, Number(adds)]);
    return dispatcher.dispatch('pool-gradient', [sizes, buffer, pools, states, back.d], table.count);
  }

  #toMessages(round: number): Step[] {
    const { dispatcher, back, weightsBack, nodeGradient, kinds, scratch } = this.context;
    const { bands, pairs } = this.run;
    const rows = (buffer: GPUBuffer) => ({ buffer, stride4: this.#width4 });
    return [
      this.run.messages(round, back.states[round], pairs, false),
      dispatcher.linear({
        layer: weightsBack.rounds[round].edgeStep,
        chunks: pairs,
        x: rows(back.d),
        y: rows(back.messages),
      }),
      dispatcher.dispatch(
        'message-gradient',
        [
          dispatcher.buffers.uniform([this.#width4]),
          bands,
          pairs.buffer,
          kinds,
          scratch.hidden,
          nodeGradient.ofRead[round].buffer,
          back.messages,
        ],
        pairs.table.count,
      ),
    ];
  }

  #toStates(round: number): Step[] {
    const { dispatcher, back, weightsBack, gmn, scratch } = this.context;
    const { pairs, strip } = this.run;
    const rows = (buffer: GPUBuffer) => ({ buffer, stride4: this.#width4 });
    const sizes = [this.#width4, strip.pairCount, this.#width4, { f32: LAYER_NORM_EPSILON }];
    return [
      dispatcher.linear({
        layer: weightsBack.rounds[round].edge,
        chunks: pairs,
        x: rows(back.messages),
        y: rows(scratch.hidden),
      }),
      dispatcher.dispatchItems(
        'norm-gradient',
        [
          dispatcher.buffers.uniform(sizes),
          gmn.rounds[round].edgeNorm,
          back.states[round],
          scratch.hidden,
          back.d,
        ],
        strip.pairCount,
      ),
    ];
  }

  /** Through the encoder. Shape by shape, as on the way forward: gradients of inputs take the place of those of states. */
  #toValues(): Step[] {
    const { dispatcher, back, weightsBack, scratch } = this.context;
    const { buffers } = dispatcher;
    const { pairs, shapes, bands, states } = this.run;
    const messages = { buffer: back.messages, stride4: this.#width4 };
    const steps = [
      ...this.run.encoderHidden(false),
      dispatcher.linear({
        layer: weightsBack.encoderOutput,
        chunks: pairs,
        x: { buffer: back.d, stride4: this.#width4 },
        y: messages,
      }),
      dispatcher.dispatchItems(
        'silu-gradient',
        [buffers.uniform([this.#items]), scratch.hidden, back.messages],
        this.#items,
      ),
    ];
    for (const shape of shapes) {
      const { coefficients, stride4, basis } = shape.encoder;
      const layer = weightsBack.encoderInput(shape.encoder);
      const chunks = shape.pairs;
      steps.push(
        this.run.inputs(shape),
        dispatcher.linear({ layer, chunks, x: messages, y: { buffer: back.d, stride4: layer.outputs4 } }),
        dispatcher.dispatch(
          'value-gradient',
          [
            buffers.uniform([coefficients, stride4, layer.outputs4]),
            bands,
            chunks.buffer,
            basis,
            states,
            back.d,
            scratch.values,
          ],
          chunks.table.count,
        ),
      );
    }
    return steps;
  }
}
