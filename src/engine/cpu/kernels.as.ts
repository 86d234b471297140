/**
 * The GMN's arithmetic in WebAssembly SIMD (AssemblyScript): what src/engine/cpu/band-runner.ts calls on tiles of rows that
 * stay in the processor's nearest cache. Formulas: src/metanets/gmn/gmn.ts. Backwards: ../gradient/gradient.as.ts. All numbers are float32, all pointers byte
 * offsets, all row lengths multiples of four numbers; nothing is allocated here.
 *
 * Only plain SIMD instructions, whose results are the same on every machine: relaxed fused products were not faster.
 */

import { compress4, log4, silu4, sumLanes } from './math.as';

export * from '../gradient/gradient.as';

/**
 * Edge inputs (src/metanets/edge-inputs.ts), compressed: for each row the coefficients of its taps in a basis, then largest
 * magnitude and mean square. Rows of inputs and basis are `columns` long: coefficients + 2 rounded up to four.
 */
export function edgeInputs(
  values: usize,
  rows: i32,
  taps: i32,
  scale: f32,
  basis: usize,
  coefficients: i32,
  inputs: usize,
  columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const x = values + ((row * taps) << 2);
    const y = inputs + ((row * columns) << 2);
    let squares: f32 = 0;
    let largest: f32 = 0;
    for (let k = 0; k < coefficients; k++) store<f32>(y + (k << 2), 0);
    for (let tap = 0; tap < taps; tap++) {
      const value = load<f32>(x + (tap << 2)) * scale;
      squares += value * value;
      largest = max(largest, abs(value));
      const phi = basis + ((tap * columns) << 2);
      for (let k = 0; k < coefficients; k++) {
        const at = y + (k << 2);
        store<f32>(at, load<f32>(at) + value * load<f32>(phi + (k << 2)));
      }
    }
    const meanSquare = squares / (taps as f32) + 1e-6;
    store<f32>(y + (coefficients << 2), largest);
    for (let k = coefficients + 1; k < columns; k++) store<f32>(y + (k << 2), 0);
    for (let k = 0; k < columns; k += 4) {
      v128.store(y + (k << 2), compress4(v128.load(y + (k << 2))));
    }
    const logarithm = f32x4.extract_lane(log4(f32x4.splat(meanSquare)), 0);
    store<f32>(y + ((coefficients + 1) << 2), 0.25 * logarithm);
  }
}

/**
 * Y = [Y +] [SiLU](X·W + bias), rows of X with `inputs` numbers, rows of Y with `outputs` (a multiple of eight).
 * W in panels of eight columns: [outputs/8][inputs][8]. Strides in numbers. mode: 1 activates, 2 accumulates.
 * Four rows by eight columns in registers.
 */
export function linear(
  x: usize,
  xStride: i32,
  rows: i32,
  inputs: i32,
  panels: usize,
  bias: usize,
  y: usize,
  yStride: i32,
  outputs: i32,
  mode: i32,
): void {
  const xs = (xStride as usize) << 2;
  const ys = (yStride as usize) << 2;
  for (let column = 0; column < outputs; column += 8) {
    const panel = panels + ((column * inputs) << 2);
    const b0 = v128.load(bias + (column << 2));
    const b1 = v128.load(bias + (column << 2), 16);
    for (let row = 0; row < rows; row += 4) {
      // Rows past the end repeat the last one: computed, not stored.
      const last = rows - 1 - row;
      const x0 = x + (row as usize) * xs;
      const x1 = x0 + (min(1, last) as usize) * xs;
      const x2 = x0 + (min(2, last) as usize) * xs;
      const x3 = x0 + (min(3, last) as usize) * xs;
      let s00 = b0;
      let s01 = b1;
      let s10 = b0;
      let s11 = b1;
      let s20 = b0;
      let s21 = b1;
      let s30 = b0;
      let s31 = b1;
      let w = panel;
      const end = (inputs as usize) << 2;
      for (let k: usize = 0; k < end; k += 4) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        w += 32;
        const a0 = v128.load32_splat(x0 + k);
        s00 = f32x4.add(s00, f32x4.mul(a0, w0));
        s01 = f32x4.add(s01, f32x4.mul(a0, w1));
        const a1 = v128.load32_splat(x1 + k);
        s10 = f32x4.add(s10, f32x4.mul(a1, w0));
        s11 = f32x4.add(s11, f32x4.mul(a1, w1));
        const a2 = v128.load32_splat(x2 + k);
        s20 = f32x4.add(s20, f32x4.mul(a2, w0));
        s21 = f32x4.add(s21, f32x4.mul(a2, w1));
        const a3 = v128.load32_splat(x3 + k);
        s30 = f32x4.add(s30, f32x4.mul(a3, w0));
        s31 = f32x4.add(s31, f32x4.mul(a3, w1));
      }
      let at = y + (row as usize) * ys + (column << 2);
      finish(at, s00, s01, mode);
      if (last < 1) continue;
      at += ys;
      finish(at, s10, s11, mode);
      if (last < 2) continue;
      at += ys;
      finish(at, s20, s21, mode);
      if (last < 3) continue;
      at += ys;
      finish(at, s30, s31, mode);
    }
  }
}

// @ts-expect-error: decorator
@inline
function finish(at: usize, s0: v128, s1: v128, mode: i32): void {
  if (mode & 1) {
    s0 = silu4(s0);
    s1 = silu4(s1);
  }
  if (mode & 2) {
    s0 = f32x4.add(s0, v128.load(at));
    s1 = f32x4.add(s1, v128.load(at, 16));
  }
  v128.store(at, s0);
  v128.store(at, s1, 16);
}

/** LayerNorm without bias of rows of `width` numbers: (x − mean) / √(variance + ε) · scale. */
export function layerNorm(x: usize, rows: i32, width: i32, scale: usize, epsilon: f32, y: usize, yStride: i32): void {
  const length = (width as usize) << 2;
  for (let row = 0; row < rows; row++) {
    const from = x + (row as usize) * length;
    const to = y + (((row * yStride) as usize) << 2);
    let total = f32x4.splat(0);
    for (let k: usize = 0; k < length; k += 16) total = f32x4.add(total, v128.load(from + k));
    const mean = f32x4.splat(sumLanes(total) / (width as f32));
    let squares = f32x4.splat(0);
    for (let k: usize = 0; k < length; k += 16) {
      const centred = f32x4.sub(v128.load(from + k), mean);
      squares = f32x4.add(squares, f32x4.mul(centred, centred));
    }
    const factor = f32x4.splat(1 / Mathf.sqrt(sumLanes(squares) / (width as f32) + epsilon));
    for (let k: usize = 0; k < length; k += 16) {
      const centred = f32x4.sub(v128.load(from + k), mean);
      v128.store(to + k, f32x4.mul(f32x4.mul(centred, factor), v128.load(scale + k)));
    }
  }
}

/**
 * The message of every pair of a rectangle, in place: h = SiLU(h + p[source] + q[target]), and its sums into
 * targetSums [targets, width] and sourceSums [sources, width]. h [targets · sources, width], target by target.
 * `stride`: numbers from one node's projections to the next. Along a diagonal (sources = 1), the source moves on with the
 * target; sourceSums then has one row per target.
 */
export function messages(
  h: usize,
  targets: i32,
  sources: i32,
  isDiagonal: i32,
  width: i32,
  p: usize,
  q: usize,
  stride: i32,
  targetSums: usize,
  sourceSums: usize,
): void {
  const length = (width as usize) << 2;
  const step = (stride as usize) << 2;
  for (let target = 0; target < targets; target++) {
    const place = (target as usize) * length;
    const from = isDiagonal ? p + (target as usize) * step : p;
    const sums = isDiagonal ? sourceSums + place : sourceSums;
    const to = q + (target as usize) * step;
    const row = h + (target as usize) * (sources as usize) * length;
    for (let k: usize = 0; k < length; k += 16) {
      const ofTarget = v128.load(to + k);
      let total = f32x4.splat(0);
      let at = row + k;
      let source = from + k;
      let sum = sums + k;
      for (let s = 0; s < sources; s++) {
        const value = silu4(f32x4.add(f32x4.add(v128.load(at), v128.load(source)), ofTarget));
        v128.store(at, value);
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

/**
 * Joins the mean and the sum of squared distances of more rows to those of `count` rows before them (Chan, Golub and
 * LeVeque): state [2, width].
 */
export function pool(x: usize, rows: i32, width: i32, count: f32, state: usize): void {
  const length = (width as usize) << 2;
  const added = f32x4.splat(rows as f32);
  const share = f32x4.div(added, f32x4.splat(count + (rows as f32)));
  const weight = f32x4.mul(share, f32x4.splat(count));
  for (let k: usize = 0; k < length; k += 16) {
    let total = f32x4.splat(0);
    for (let row = 0; row < rows; row++) total = f32x4.add(total, v128.load(x + (row as usize) * length + k));
    const mean = f32x4.div(total, added);
    let squares = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      const centred = f32x4.sub(v128.load(x + (row as usize) * length + k), mean);
      squares = f32x4.add(squares, f32x4.mul(centred, centred));
    }
    const before = v128.load(state + k);
    const distance = f32x4.sub(mean, before);
    v128.store(state + k, f32x4.add(before, f32x4.mul(distance, share)));
    const joined = f32x4.add(squares, f32x4.mul(f32x4.mul(distance, distance), weight));
    v128.store(state + length + k, f32x4.add(v128.load(state + length + k), joined));
  }
}
