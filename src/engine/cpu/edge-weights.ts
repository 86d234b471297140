/** The edge half of a GMN's weights in an instance's memory, laid out as the kernels read them. */
import type { GmnWeights } from '../../metanets/gmn';
import { edgeEncoder } from '../edge-encoder';
import { uploadLinear, type WasmLinear } from './panels';
import type { WasmInstance } from './wasm';

/** The encoder's first layer for one kernel shape. */
export interface LoadedEncoder {
  readonly basis: number;
  readonly coefficients: number;
  readonly stride: number;
  /** Columns of the encoder's weights that the inputs meet, in their order. */
  readonly columns: readonly number[];
  readonly layer: WasmLinear;
}

interface Round {
  readonly norm: number;
  readonly edge: WasmLinear;
  readonly edgeStep: WasmLinear;
}

/** Kept from run to run. */
export class EdgeWeights {
  readonly width: number;
  readonly output: WasmLinear;
  readonly rounds: readonly Round[];
  readonly #encoders = new Map<string, LoadedEncoder>();

  constructor(
    readonly instance: WasmInstance,
    readonly of: GmnWeights,
  ) {
    this.width = of.width;
    this.output = uploadLinear(instance, of.edgeEncoder.output);
    this.rounds = of.rounds.map(({ edgeNorm, edge, edgeStep }) => ({
      norm: instance.upload(edgeNorm),
      edge: uploadLinear(instance, edge),
      edgeStep: uploadLinear(instance, edgeStep),
    }));
  }

  /** The first layer for a kernel shape. */
  encoder(tapShape: readonly number[]): LoadedEncoder {
    const key = tapShape.join();
    const known = this.#encoders.get(key);
    if (known) return known;
    const { coefficients, columns, stride, basis } = edgeEncoder(tapShape);
    const encoder: LoadedEncoder = {
      basis: this.instance.upload(basis),
      coefficients,
      stride,
      columns,
      layer: uploadLinear(this.instance, this.of.edgeEncoder.input, columns),
    };
    this.#encoders.set(key, encoder);
    return encoder;
  }
}
