/**
 * The GMN's arithmetic backwards, in WebAssembly SIMD (AssemblyScript): what src/engine/gradient/band-gradient.ts calls on tiles
 * of rows. Formulas: src/metanets/gmn/gradient-round.ts and its neighbours. Conventions as in ../cpu/kernels.as.ts, of which
 * this is a part: float32, byte offsets, rows of a multiple of four numbers.
 */
import { exp4, silu4, sumLanes } from '../cpu/math.as';

/** σ′(x) of SiLU: s·(1 + x·(1 − s)), s the logistic function. */
// @ts-expect-error: decorator
@inline
function slope4(x: v128): v128 {
  const one = f32x4.splat(1);
  const s = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
  return f32x4.mul(s, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s))));
}

export function copy(from: usize, to: usize, count: i32): void {
  memory.copy(to, from, (count as usize) << 2);
}

/**
 * The messages of a rectangle of pairs, as `messages` of the kernels, without their sums: z = (z + p[source]) + q[target] in
 * place, and hidden = SiLU(z).
 */
export function sendMessages(
  z: usize,
  targets: i32,
  sources: i32,
  isDiagonal: i32,
  width: i32,
  p: usize,
  q: usize,
  stride: i32,
  hidden: usize,
): void {
  const length = (width as usize) << 2;
  const step = (stride as usize) << 2;
  let row: usize = 0;
  for (let target = 0; target < targets; target++) {
    const to = q + (target as usize) * step;
    for (let s = 0; s < sources; s++) {
      const from = p + ((isDiagonal ? target : s) as usize) * step;
      for (let k: usize = 0; k < length; k += 16) {
        const value = f32x4.add(f32x4.add(v128.load(z + row + k), v128.load(from + k)), v128.load(to + k));
        v128.store(z + row + k, value);
        v128.store(hidden + row + k, silu4(value));
      }
      row += length;
    }
  }
}

/**
 * Backwards through the messages of a rectangle, in place: d = (d + ofTarget[target] + ofSource[source]) · σ′(z), and its sums
 * into targetSums and sourceSums, as `messages` of the kernels forms them. `stride`: numbers from one node's rows to the next.
 */
export function messageGradient(
  d: usize,
  z: usize,
  targets: i32,
  sources: i32,
  isDiagonal: i32,
  width: i32,
  ofSource: usize,
  ofTarget: usize,
  stride: i32,
  targetSums: usize,
  sourceSums: usize,
): void {
  const length = (width as usize) << 2;
  const step = (stride as usize) << 2;
  for (let target = 0; target < targets; target++) {
    const place = (target as usize) * length;
    const from = isDiagonal ? ofSource + (target as usize) * step : ofSource;
    const sums = isDiagonal ? sourceSums + place : sourceSums;
    const to = ofTarget + (target as usize) * step;
    const row = (target as usize) * (sources as usize) * length;
    for (let k: usize = 0; k < length; k += 16) {
      const byTarget = v128.load(to + k);
      let total = f32x4.splat(0);
      let at = row + k;
      let source = from + k;
      let sum = sums + k;
      for (let s = 0; s < sources; s++) {
        const before = f32x4.add(f32x4.add(v128.load(d + at), v128.load(source)), byTarget);
        const value = f32x4.mul(before, slope4(v128.load(z + at)));
        v128.store(d + at, value);
        total = f32x4.add(total, value);
        v128.store(sum, f32x4.add(v128.load(sum), value));
        at += length;
        source += step;
        sum += length;
      }
      const into = targetSums + place + k;
      v128.store(into, f32x4.add(v128.load(into), total));
    }
  }
}

/** Backwards through SiLU, in place: d = d · σ′(x), `count` numbers. */
export function siluGradient(d: usize, x: usize, count: i32): void {
  const end = (count as usize) << 2;
  for (let k: usize = 0; k < end; k += 16) v128.store(d + k, f32x4.mul(v128.load(d + k), slope4(v128.load(x + k))));
}

/** Backwards through `layerNorm` of the kernels: adds to dx what the gradient dy of the normalised rows says of x. */
export function layerNormGradient(
  dy: usize,
  x: usize,
  rows: i32,
  width: i32,
  scale: usize,
  epsilon: f32,
  dx: usize,
): void {
  const length = (width as usize) << 2;
  const count = width as f32;
  for (let row = 0; row < rows; row++) {
    const at = (row as usize) * length;
    let total = f32x4.splat(0);
    for (let k: usize = 0; k < length; k += 16) total = f32x4.add(total, v128.load(x + at + k));
    const mean = f32x4.splat(sumLanes(total) / count);
    let squares = f32x4.splat(0);
    let gradients = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (let k: usize = 0; k < length; k += 16) {
      const centred = f32x4.sub(v128.load(x + at + k), mean);
      const gradient = f32x4.mul(v128.load(dy + at + k), v128.load(scale + k));
      squares = f32x4.add(squares, f32x4.mul(centred, centred));
      gradients = f32x4.add(gradients, gradient);
      products = f32x4.add(products, f32x4.mul(gradient, centred));
    }
    const inverse: f32 = 1 / (sumLanes(squares) / count + epsilon);
    const factor = f32x4.splat(Mathf.sqrt(inverse));
    const meanGradient = f32x4.splat(sumLanes(gradients) / count);
    const along = f32x4.splat((sumLanes(products) / count) * inverse);
    for (let k: usize = 0; k < length; k += 16) {
      const centred = f32x4.sub(v128.load(x + at + k), mean);
      const gradient = f32x4.mul(v128.load(dy + at + k), v128.load(scale + k));
      const rest = f32x4.sub(f32x4.sub(gradient, meanGradient), f32x4.mul(centred, along));
      v128.store(dx + at + k, f32x4.add(v128.load(dx + at + k), f32x4.mul(factor, rest)));
    }
  }
}

/** Adds offset + slope · (x − mean) to every row of dx: what a pool's gradient says of its states. pool [3, width]. */
export function addPoolGradient(x: usize, rows: i32, width: i32, pool: usize, dx: usize): void {
  const length = (width as usize) << 2;
  for (let k: usize = 0; k < length; k += 16) {
    const offset = v128.load(pool + k);
    const slope = v128.load(pool + length + k);
    const mean = v128.load(pool + 2 * length + k);
    for (let row = 0; row < rows; row++) {
      const at = (row as usize) * length + k;
      const more = f32x4.add(offset, f32x4.mul(slope, f32x4.sub(v128.load(x + at), mean)));
      v128.store(dx + at, f32x4.add(v128.load(dx + at), more));
    }
  }
}

/**
 * Backwards through `edgeInputs` of the kernels: raw values [rows, taps] become their gradients, in place. `inputs`: what
 * edgeInputs made of them; d: the gradient of that, rows of `stride` numbers (overwritten).
 *
 * Slopes of the compression follow from what it made: of c = ⅖ asinh(4x), 1.6 / cosh(2.5 c); of l = ¼ ln(x + 1e-6), ¼ e^(−4l).
 */
export function valueGradient(
  values: usize,
  rows: i32,
  taps: i32,
  scale: f32,
  basis: usize,
  coefficients: i32,
  inputs: usize,
  columns: i32,
  d: usize,
  stride: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const x = values + ((row * taps) << 2);
    const from = inputs + ((row * columns) << 2);
    const g = d + ((row * stride) << 2);
    const at = (coefficients + 1) << 2;
    const inverse = exp4(f32x4.splat(-4 * load<f32>(from + at)));
    const ofSquare: f32 = load<f32>(g + at) * 0.5 * f32x4.extract_lane(inverse, 0) * scale / (taps as f32);
    for (let k = 0; k < columns << 2; k += 16) {
      const c = f32x4.mul(f32x4.splat(2.5), v128.load(from + k));
      const slope = f32x4.div(f32x4.splat(3.2), f32x4.add(exp4(c), exp4(f32x4.neg(c))));
      v128.store(g + k, f32x4.mul(v128.load(g + k), slope));
    }
    const ofLargest = load<f32>(g + (coefficients << 2));
    let largest: f32 = 0;
    let place = -1;
    for (let tap = 0; tap < taps; tap++) {
      const magnitude = abs(load<f32>(x + (tap << 2)));
      if (magnitude > largest) {
        largest = magnitude;
        place = tap;
      }
    }
    for (let tap = 0; tap < taps; tap++) {
      const phi = basis + ((tap * columns) << 2);
      let sums = f32x4.splat(0);
      for (let k = 0; k < columns << 2; k += 16) {
        sums = f32x4.add(sums, f32x4.mul(v128.load(g + k), v128.load(phi + k)));
      }
      const value = load<f32>(x + (tap << 2));
      let sum = sumLanes(sums) + ofSquare * value;
      if (tap == place) sum += value > 0 ? ofLargest : -ofLargest;
      store<f32>(x + (tap << 2), scale * sum);
    }
  }
}
