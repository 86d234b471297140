/** Gemm and MatMul: every product of an element of one matrix with one of the other is an edge, or of two activations, a node. */
import type { OperatorCall, OperatorHandler } from './operator-call';
import {
  broadcast,
  broadcastShape,
  nodeTensor,
  numberTensor,
  reshaped,
  sizeOf,
  type Tensor,
  transpose,
} from './tensors';

/** Σ over k of a[i·K + k] · b[j·K + k] */
function addDot(
  { builder }: OperatorCall,
  [a, b]: readonly [Tensor, Tensor],
  [i, j]: readonly [number, number],
  terms: number,
  bias: number,
): number {
  if (a.kind === 'nodes' && b.kind === 'nodes') {
    const products = Array.from({ length: terms }, (_, k) =>
      builder.addProduct(a.nodes[i * terms + k], b.nodes[j * terms + k]),
    );
    return builder.addTotal(products);
  }
  const node = builder.addNode(bias);
  for (let k = 0; k < terms; k++) {
    if (a.kind === 'nodes' && b.kind === 'numbers')
      builder.addEdge(a.nodes[i * terms + k], b.numbers[j * terms + k]);
    if (a.kind === 'numbers' && b.kind === 'nodes')
      builder.addEdge(b.nodes[j * terms + k], a.numbers[i * terms + k]);
  }
  return node;
}

const swapLast = <Kind extends Tensor>(tensor: Kind): Kind => {
  const rank = tensor.shape.length;
  const order = [...tensor.shape.keys()];
  return transpose(tensor, [...order.slice(0, -2), rank - 1, rank - 2]);
};

/** [batch…, m, k] times [batch…, n, k], the second with its columns as rows; `biasAt`: of element [m, n]. */
function multiply(
  call: OperatorCall,
  a: Tensor,
  b: Tensor,
  biasAt: (row: number, column: number) => number = () => 0,
): Tensor {
  const [m, terms] = a.shape.slice(-2);
  const n = b.shape.at(-2) ?? 1;
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (!batch || terms !== b.shape.at(-1))
    call.refuse(`multiplies ${a.shape.join('×')} by ${b.shape.join('×')}`);
  const left = broadcast(a, [...batch, m, terms]);
  const right = broadcast(b, [...batch, n, terms]);
  const shape = [...batch, m, n];
  const elements = sizeOf(shape);
  const at = (element: number): [number, number] => {
    const [matrix, row, column] = [Math.floor(element / (m * n)), Math.floor(element / n) % m, element % n];
    return [matrix * m + row, matrix * n + column];
  };
  if (left.kind === 'numbers' && right.kind === 'numbers') {
    const products = Array.from({ length: elements }, (_, element) => {
      const [i, j] = at(element);
      let sum = biasAt(i, j);
      for (let k = 0; k < terms; k++) sum += left.numbers[i * terms + k] * right.numbers[j * terms + k];
      return sum;
    });
    return numberTensor(shape, products);
  }
  const nodes = Int32Array.from({ length: elements }, (_, element) => {
    const [i, j] = at(element);
    return addDot(call, [left, right], [i, j], terms, biasAt(i, j));
  });
  return nodeTensor(shape, nodes);
}

function matMul(call: OperatorCall): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const left = a.shape.length === 1 ? reshaped(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? reshaped(b, [...b.shape, 1]) : b;
  const product = multiply(call, left, swapLast(right));
  const shape = product.shape.filter(
    (_, axis, { length }) =>
      !(a.shape.length === 1 && axis === length - 2) && !(b.shape.length === 1 && axis === length - 1),
  );
  return reshaped(product, shape);
}

/** α·A·B + β·C */
function gemm(call: OperatorCall): Tensor {
  const [alpha, beta] = [call.number('alpha', 1), call.number('beta', 1)];
  const a = call.number('transA', 0) ? swapLast(call.tensor(0)) : call.tensor(0);
  const b = call.constant(1);
  const weight = call.number('transB', 0) ? b : swapLast(b);
  const scaled = { ...weight, numbers: weight.numbers.map((number) => alpha * number) };
  if (!call.has(2)) return multiply(call, a, scaled);
  const [m, n] = [a.shape[0], weight.shape[0]];
  const biases = broadcast(call.constant(2), [m, n]).numbers;
  return multiply(call, a, scaled, (row, column) => beta * biases[row * n + column]);
}

export const LINEAR: readonly (readonly [string, OperatorHandler])[] = [
  ['Gemm', gemm],
  ['MatMul', matMul],
];
