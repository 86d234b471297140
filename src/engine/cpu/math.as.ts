/** Functions of four float32 numbers at once, for the kernels (AssemblyScript); inlined where they are called. */

/** eˣ to within two units in the last place, for x between −87 and 88 (clamped): 2ⁿ·eʳ with |r| ≤ ½ ln 2 (Cephes' polynomial). */
// @ts-expect-error: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first short enough for n·ln 2 to be exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

// @ts-expect-error: decorator
@inline
export function silu4(x: v128): v128 {
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}

/** Natural logarithm of normal positive numbers (Cephes' polynomial on [√½, √2)). */
// @ts-expect-error: decorator
@inline
export function log4(x: v128): v128 {
  const mantissa = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000)); // ½ … 1
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126)));
  const isSmall = f32x4.lt(mantissa, f32x4.splat(0.70710678));
  e = f32x4.sub(e, v128.and(isSmall, f32x4.splat(1)));
  const m = f32x4.sub(f32x4.add(mantissa, v128.and(isSmall, mantissa)), f32x4.splat(1));
  const z = f32x4.mul(m, m);
  let p = f32x4.splat(7.0376836292e-2);
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.1514610310e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.1676998740e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.2420140846e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.6668057665e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-2.4999993993e-1));
  p = f32x4.add(f32x4.mul(p, m), f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(m, y), f32x4.mul(e, f32x4.splat(0.693359375)));
}

/** ⅖ asinh(4x). Small arguments take the series: the logarithm would lose them to cancellation. */
// @ts-expect-error: decorator
@inline
export function compress4(x: v128): v128 {
  const y = f32x4.mul(f32x4.abs(x), f32x4.splat(4));
  const square = f32x4.mul(y, y);
  let series = f32x4.splat(105.0 / 3456.0);
  series = f32x4.sub(f32x4.splat(15.0 / 336.0), f32x4.mul(square, series));
  series = f32x4.sub(f32x4.splat(3.0 / 40.0), f32x4.mul(square, series));
  series = f32x4.sub(f32x4.splat(1.0 / 6.0), f32x4.mul(square, series));
  series = f32x4.mul(y, f32x4.sub(f32x4.splat(1), f32x4.mul(square, series)));
  const large = log4(f32x4.add(y, f32x4.sqrt(f32x4.add(square, f32x4.splat(1)))));
  const magnitude = f32x4.mul(f32x4.splat(0.4), v128.bitselect(series, large, f32x4.lt(y, f32x4.splat(0.25))));
  return v128.or(magnitude, v128.and(x, i32x4.splat(0x80000000)));
}

// @ts-expect-error: decorator
@inline
export function sumLanes(x: v128): f32 {
  return (
    (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}
