/**
 * The computation graph of a network on one input: its program is run over nodes instead of over numbers. A convolution is
 * written out at every position, a batch norm becomes factors of edges, products of activations, maxima and divisions become
 * nodes with the square, the ReLU and the reciprocal as nonlinearities. (A Network, ../../../network, would not do: it has no
 * paddings and no windows.)
 */
import type { ModelFile, Operator, ValueInfo } from '../../../formats';
import { UnsupportedModelError } from '../../../network';
import { type ComputationGraph, ComputationGraphBuilder } from '../computation-graph';
import { EXACT_TYPES } from './known';
import { readNumbers, runOperators, type WrittenActivations } from './run-operators';
import { type NodeTensor, nodeTensor, sizeOf, type Tensor } from './tensors';

/** ONNX's operator set where a file does not say which it uses. */
const USUAL_VERSION = 17;
/** The first whose operators repeat tensors along axes as NumPy does. */
const OLDEST_VERSION = 7;

export interface NetworkInput {
  readonly shape: readonly number[];
  /** Row-major, [Π shape]. */
  readonly values: Float32Array;
}

export interface UnrolledNetwork {
  readonly graph: ComputationGraph;
  readonly input: NodeTensor;
  readonly output: NodeTensor;
  /**
   * What the operators write, in their order; without those that only move activations. Where a norm or a nonlinearity was
   * put into the nodes before it, both stand on the same nodes.
   */
  readonly written: readonly WrittenActivations[];
}

/**
 * Unrolls an ONNX model's first output for a value of its first input. Throws UnsupportedModelError for other formats (which
 * are written as ONNX first: ../../../formats/onnx/write-model), for operators that are not simulated, for an input of another
 * shape, and for more edges than can be run.
 */
export async function unrollNetwork(model: ModelFile, input: NetworkInput): Promise<UnrolledNetwork> {
  const { program, fileName } = model;
  if (model.format !== 'onnx' || !program) {
    throw new UnsupportedModelError(
      'Only ONNX files say exactly what a network computes, paddings and all',
      fileName,
      'Export the network as ONNX to see its forward pass as message passing.',
    );
  }
  const version = model.opset ?? USUAL_VERSION;
  if (version < OLDEST_VERSION) {
    const what = `Operators of version ${version} are older than those that are simulated`;
    throw new UnsupportedModelError(what, fileName, 'Export the network again, with a newer version.');
  }
  const [declared] = program.inputs;
  checkInput(declared, input, fileName);
  const outputName = program.outputs[0]?.name ?? '';
  const operators = neededOperators(program.operators, outputName);
  const values = new Map<string, Tensor>();
  for (const name of operators.flatMap(({ inputs }) => inputs)) {
    const tensor = values.has(name) ? undefined : model.tensors.get(name);
    if (tensor) values.set(name, await readNumbers(tensor, fileName));
  }
  const builder = new ComputationGraphBuilder(fileName);
  const inputNodes = Int32Array.from(input.values, (value) => builder.addNode(value));
  const inputTensor = nodeTensor(input.shape, inputNodes);
  values.set(declared?.name ?? '', inputTensor);
  const written = await runOperators(builder, operators, values, version);
  const output = values.get(outputName);
  if (output?.kind !== 'nodes') {
    const advice = 'There is no forward pass to show.';
    throw new UnsupportedModelError('The first output does not depend on the first input', fileName, advice);
  }
  return { graph: builder.finish(), input: inputTensor, output, written };
}

function checkInput(
  declared: ValueInfo | undefined,
  { shape, values }: NetworkInput,
  fileName: string,
): void {
  if (declared && !EXACT_TYPES.includes(declared.elementType)) {
    const what = `Input "${declared.name}" holds ids or numbers of reduced precision, which nodes cannot`;
    throw new UnsupportedModelError(what, fileName, 'There is no forward pass to show.');
  }
  const sizes = declared?.shape ?? shape;
  const fits = sizes.every((size, axis) => typeof size === 'string' || size <= 0 || size === shape[axis]);
  if (fits && sizes.length === shape.length && sizeOf(shape) === values.length) return;
  const what = `The network takes ${sizes.join('×')} and was given ${shape.join('×')}`;
  throw new UnsupportedModelError(what, fileName, 'Give it an input of the shape that it names.');
}

/** The operators that a value depends on, in order. */
function neededOperators(operators: readonly Operator[], output: string): Operator[] {
  const needed = new Set([output]);
  return operators
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => needed.has(name))) return false;
      for (const name of inputs) needed.add(name);
      return true;
    })
    .reverse();
}
