/** The general algebra as ONNX, run by onnxruntime-web. */
import { OnnxGraph } from '../../src/formats/onnx/write-onnx';
import { EDGE_INPUTS } from '../../src/metanets/edge-inputs';
import type { GmnWeights } from '../../src/metanets/gmn';
import type { MetanetInput } from '../../src/metanets/input';
import { LAYER_NORM_EPSILON } from '../../src/metanets/linear-algebra';
import { type Algebra, type Backend, GeneralGmn } from './algebra';

class OnnxBackend implements Backend<string> {
  constructor(readonly onnx: OnnxGraph) {}

  constant(values: ArrayLike<number>, dims: readonly number[]) {
    return this.onnx.constant(values, dims);
  }

  indices(values: Int32Array) {
    return this.onnx.integers([...values]);
  }

  add = (a: string, b: string) => this.onnx.op('Add', [a, b]);
  subtract = (a: string, b: string) => this.onnx.op('Sub', [a, b]);
  multiply = (a: string, b: string) => this.onnx.op('Mul', [a, b]);
  matmul = (a: string, b: string) => this.onnx.op('MatMul', [a, b]);
  sqrt = (a: string) => this.onnx.op('Sqrt', [a]);
  silu = (a: string) => this.onnx.op('Mul', [a, this.onnx.op('Sigmoid', [a])]);

  layerNorm(a: string, scale: string) {
    return this.onnx.op('LayerNormalization', [a, scale], { epsilon: { float: LAYER_NORM_EPSILON } });
  }

  concatenate = (parts: readonly string[], axis: 0 | 1) => this.onnx.op('Concat', parts, { axis });
  gather = (table: string, rows: string) => this.onnx.op('Gather', [table, rows], { axis: 0 });

  scatterAdd(rows: string, to: string, count: number, width: number) {
    const zeros = this.onnx.constant(new Float32Array(count * width), [count, width]);
    const column = this.onnx.op('Unsqueeze', [to, this.onnx.integers([1])]);
    return this.onnx.op('ScatterND', [zeros, column, rows], { reduction: 'add' });
  }

  meanOfRows = (a: string) => this.onnx.op('ReduceMean', [a, this.onnx.integers([0])], { keepdims: 1 });
}

/** Input `x` [pairs, EDGE_INPUTS], output `outputs`. */
export function generalOnnx(weights: GmnWeights, input: MetanetInput, algebra: Algebra): Uint8Array {
  const onnx = new OnnxGraph(algebra);
  const x = onnx.input('x', [input.graph.pairCount, EDGE_INPUTS]);
  const outputs = new GeneralGmn(new OnnxBackend(onnx), weights, input, algebra).forward(x);
  onnx.output(outputs, 'outputs', [1, weights.before.output.outputs]);
  return onnx.finish();
}
