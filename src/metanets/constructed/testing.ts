/** Helpers of the tests beside: an ONNX model, an input, and what ONNX Runtime makes of it. Not part of the page. */
import * as ort from 'onnxruntime-web';
import { type ModelFile, memorySource, openModel } from '../../formats';
import { seededRandom } from '../../graph';
import { relativeDifference } from '../../testing';
import { type ForwardPass, runForwardPass } from './forward-pass';
import { type NetworkInput, type UnrolledNetwork, unrollNetwork } from './unroll/unroll-network';

/** What the page promises: ONNX Runtime's float32 sums against float64. */
export const ROUNDING = 1e-5;

export const modelOf = (bytes: Uint8Array, name = 'model.onnx'): Promise<ModelFile> =>
  openModel([memorySource(bytes, name)]);

/** Uniform on ±1. Sizes that the model leaves open are 1. */
export function randomInput({ program }: ModelFile, seed = 7): NetworkInput {
  const random = seededRandom(seed);
  const sizes = program?.inputs[0].shape ?? [];
  const shape = sizes.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
  const length = shape.reduce((total, size) => total * size, 1);
  return { shape, values: Float32Array.from({ length }, () => 2 * random() - 1) };
}

/** ONNX Runtime's first output. Inputs after the first, which no output needs, are zeros. */
export async function onnxOutput(bytes: Uint8Array, { shape, values }: NetworkInput): Promise<Float32Array> {
  const options = { executionProviders: ['wasm'], logSeverityLevel: 3 } as const;
  const session = await ort.InferenceSession.create(bytes, options);
  const feeds: Record<string, ort.Tensor> = {};
  session.inputNames.forEach((name, index) => {
    feeds[name] =
      index === 0
        ? new ort.Tensor('float32', values, shape)
        : new ort.Tensor('float32', new Float32Array(1), [1]);
  });
  const results = await session.run(feeds);
  const output = results[session.outputNames[0]].data as Float32Array;
  await session.release();
  return output;
}

export interface Comparison {
  readonly unrolled: UnrolledNetwork;
  readonly pass: ForwardPass;
  /** Of message passing's output from ONNX Runtime's. */
  readonly difference: number;
}

export async function compareWithOnnx(bytes: Uint8Array, given?: NetworkInput): Promise<Comparison> {
  const model = await modelOf(bytes);
  const input = given ?? randomInput(model);
  const unrolled = await unrollNetwork(model, input);
  const pass = runForwardPass(unrolled.graph);
  const outputs = Float64Array.from(unrolled.output.nodes, (node) => pass.values[node]);
  return { unrolled, pass, difference: relativeDifference(outputs, await onnxOutput(bytes, input)) };
}
