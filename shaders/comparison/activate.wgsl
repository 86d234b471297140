// Activation functions by number, in the order of ACTIVATIONS (src/engine/comparison/tensor-ops.ts). Part of other kernels.

// ½ x (1 + tanh y) = x / (1 + exp(−2y)). The exponent stays below what float32 holds.
fn gelu(x: vec4f) -> vec4f {
  let y = 0.7978845608 * (x + 0.044715 * x * x * x);
  return x / (1.0 + exp(min(-2.0 * y, vec4f(80.0))));
}

fn activate(activation: u32, x: vec4f) -> vec4f {
  switch activation {
    case 1u: { return silu(x); }
    case 2u: { return max(x, vec4f()); }
    case 3u: { return gelu(x); }
    default: { return x; }
  }
}
