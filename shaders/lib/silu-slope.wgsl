// σ′(x) of SiLU: s·(1 + x·(1 − s)), s the logistic function.
fn silu_slope(x: vec4f) -> vec4f {
  let s = 1.0 / (1.0 + exp(-x));
  return s * (1.0 + x * (1.0 - s));
}
