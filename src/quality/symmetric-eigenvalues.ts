/**
 * Eigenvalues of symmetric matrices, in float64: Householder's reduction to a tridiagonal matrix, then QL with implicit
 * shifts (Martin, Reinsch and Wilkinson, 1968; Dubrulle, Martin and Wilkinson, 1968). About 4/3 · n³ operations.
 */

/** QL finds an eigenvalue in two or three steps; more than this only where numbers are not finite. */
const MAX_STEPS = 60;

/** In ascending order: [size]. `matrix` is [size · size], symmetric, finite, and is overwritten. */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  const { diagonal, beside } = tridiagonal(matrix, size);
  diagonalise(diagonal, beside);
  return diagonal.sort();
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i stands between diagonal entries i and i + 1; the last is 0. */
  readonly beside: Float64Array;
}

/** One reflection per row, from the last row up, sets all but one of the entries left of the diagonal to zero. */
function tridiagonal(matrix: Float64Array, size: number): Tridiagonal {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const image = new Float64Array(size);
  for (let row = size - 1; row > 0; row--) {
    const at = row * size;
    diagonal[row] = matrix[at + row];
    let squares = 0;
    for (let k = 0; k < row; k++) squares += matrix[at + k] * matrix[at + k];
    const last = matrix[at + row - 1];
    const length = Math.sqrt(squares);
    if (length === 0) continue;
    // v = x ± ‖x‖·e, so that (1 − v·vᵀ/h)·x has one entry only; h = ‖v‖²/2.
    const reflected = last > 0 ? -length : length;
    beside[row - 1] = reflected;
    matrix[at + row - 1] = last - reflected;
    const h = squares - last * reflected;
    if (h === 0) continue;
    subtractReflection(matrix, size, row, h, image);
  }
  diagonal[0] = matrix[0];
  return { diagonal, beside };
}

/** A ← A − v·qᵀ − q·vᵀ for the upper left corner; v is row `row`, p = A·v/h, q = p − v·(vᵀp)/(2h). Lower triangle only. */
function subtractReflection(
  matrix: Float64Array,
  size: number,
  row: number,
  h: number,
  image: Float64Array,
): void {
  const vector = matrix.subarray(row * size, row * size + row);
  image.fill(0, 0, row);
  for (let i = 0; i < row; i++) {
    const at = i * size;
    const own = vector[i];
    let sum = matrix[at + i] * own;
    for (let k = 0; k < i; k++) {
      const entry = matrix[at + k];
      sum += entry * vector[k];
      image[k] += entry * own;
    }
    image[i] += sum;
  }
  let product = 0;
  for (let k = 0; k < row; k++) {
    image[k] /= h;
    product += image[k] * vector[k];
  }
  const share = product / (2 * h);
  for (let k = 0; k < row; k++) image[k] -= share * vector[k];
  for (let i = 0; i < row; i++) {
    const at = i * size;
    const [own, other] = [vector[i], image[i]];
    for (let k = 0; k <= i; k++) matrix[at + k] -= own * image[k] + other * vector[k];
  }
}

/** Rotations drive `beside` to zero; `diagonal` then holds the eigenvalues. */
function diagonalise(diagonal: Float64Array, beside: Float64Array): void {
  const size = diagonal.length;
  for (let first = 0; first < size; first++) {
    for (let step = 0; ; step++) {
      const end = blockEnd(diagonal, beside, first);
      if (end === first) break;
      if (step === MAX_STEPS) throw new RangeError('A matrix must hold finite numbers to have eigenvalues.');
      rotateBlock(diagonal, beside, first, end);
    }
  }
}

/** The last index of the block that begins at `first`: what stands beside it vanishes in rounding. */
function blockEnd(diagonal: Float64Array, beside: Float64Array, first: number): number {
  let end = first;
  while (end < diagonal.length - 1) {
    const scale = Math.abs(diagonal[end]) + Math.abs(diagonal[end + 1]);
    if (Math.abs(beside[end]) <= Number.EPSILON * scale) break;
    end++;
  }
  return end;
}

function rotateBlock(diagonal: Float64Array, beside: Float64Array, first: number, end: number): void {
  const slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
  const root = Math.hypot(slope, 1);
  // Wilkinson's shift: the eigenvalue of the first two by two that is nearer to its corner.
  let g = diagonal[end] - diagonal[first] + beside[first] / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, shifted] = [1, 1, 0];
  for (let i = end - 1; i >= first; i--) {
    const f = sine * beside[i];
    const b = cosine * beside[i];
    const r = Math.hypot(f, g);
    beside[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1] -= shifted;
      beside[end] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const moved = diagonal[i + 1] - shifted;
    const twist = (diagonal[i] - moved) * sine + 2 * cosine * b;
    shifted = sine * twist;
    diagonal[i + 1] = moved + shifted;
    g = cosine * twist - b;
  }
  diagonal[first] -= shifted;
  beside[first] = g;
  beside[end] = 0;
}
