/** Weights of linear layers in the order that the kernel `linear` reads them. */
import type { LinearWeights } from '../../metanets/linear-algebra';
import type { WasmInstance } from './wasm';

export interface WasmLinear {
  readonly panels: number;
  readonly bias: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Outputs of one panel: every layer's are a multiple of this. */
export const PANEL = 8;

/** [outputs, inputs] to panels of eight outputs, [outputs/8][inputs][8]; `columns` picks and orders the inputs. */
export function toPanels(
  { weight, inputs, outputs }: LinearWeights,
  columns: readonly number[] = Array.from({ length: inputs }, (_, k) => k),
): Float32Array {
  const panels = new Float32Array(outputs * columns.length);
  let at = 0;
  for (let first = 0; first < outputs; first += PANEL) {
    for (const column of columns) {
      for (let k = 0; k < PANEL; k++) panels[at++] = weight[(first + k) * inputs + column];
    }
  }
  return panels;
}

export function uploadLinear(
  instance: WasmInstance,
  layer: LinearWeights,
  columns?: readonly number[],
): WasmLinear {
  return {
    panels: instance.upload(toPanels(layer, columns)),
    bias: instance.upload(layer.bias ?? new Float32Array(layer.outputs)),
    inputs: columns?.length ?? layer.inputs,
    outputs: layer.outputs,
  };
}
