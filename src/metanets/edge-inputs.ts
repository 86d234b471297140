/**
 * What a metanet is told about one pair of nodes: its taps (kernel positions, flattened pixels) as a vector of fixed
 * length, whatever the kernel's size. This is Neural Graphs' view of an edge (Kofinas et al., ICLR 2024, one edge per
 * kernel) with a basis instead of zero-padding.
 *
 * The basis is the orthonormal discrete cosine transform along both spatial axes, cut to BASIS × BASIS coefficients:
 *   φ_uv(y, x) = α_u cos(π u (y + ½) / height) · α_v cos(π v (x + ½) / width),   0 for u ≥ height or v ≥ width.
 * It loses nothing of kernels up to BASIS × BASIS and keeps the low frequencies of larger ones. Taps with one axis lie
 * along x; with three axes, the first is summed out (divided by the root of its length).
 *
 * Weights are multiplied by √fan-in first, so that wide and narrow layers look alike.
 */
import { type BlockShape, type GraphShape, isWeightBlock } from '../graph';
import { fanIns } from './facts';

export const BASIS = 5;
/** Coefficients, then mean square and largest magnitude over the taps. */
export const EDGE_INPUTS = BASIS * BASIS + 2;

/** Basis functions along one axis: [BASIS, size]. */
function cosines(size: number): number[][] {
  return Array.from({ length: BASIS }, (_, u) =>
    Array.from({ length: size }, (_, place) =>
      u >= size ? 0 : Math.sqrt((u === 0 ? 1 : 2) / size) * Math.cos((Math.PI * u * (place + 0.5)) / size),
    ),
  );
}

/** The basis for taps of a shape: [taps, BASIS²], row-major. */
export function tapBasis(tapShape: readonly number[]): Float32Array {
  const width = tapShape.at(-1) ?? 1;
  const height = tapShape.at(-2) ?? 1;
  const depth = tapShape.slice(0, -2).reduce((total, size) => total * size, 1);
  const [alongY, alongX] = [cosines(height), cosines(width)];
  const basis = new Float32Array(depth * height * width * BASIS * BASIS);
  let place = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let u = 0; u < BASIS; u++) {
          for (let v = 0; v < BASIS; v++) basis[place++] = (alongY[u][y] * alongX[v][x]) / Math.sqrt(depth);
        }
      }
    }
  }
  return basis;
}

/** The factor that a block's values are multiplied with: √fan-in for weights, 1 for everything else. */
export function valueScales(graph: GraphShape): Float32Array {
  const fanIn = fanIns(graph);
  return Float32Array.from(graph.blocks, (block) =>
    isWeightBlock(block) ? Math.sqrt(fanIn[block.target]) : 1,
  );
}

/** Inputs of every pair of a block: [pairCount, EDGE_INPUTS], row-major, from its values [edgeCount]. */
export function edgeInputs(block: BlockShape, values: Float32Array, scale: number): Float32Array {
  const { taps, pairCount } = block;
  const basis = tapBasis(block.tapShape);
  const coefficients = BASIS * BASIS;
  const inputs = new Float32Array(pairCount * EDGE_INPUTS);
  const sums = new Float64Array(coefficients);
  for (let pair = 0; pair < pairCount; pair++) {
    sums.fill(0);
    let [squares, largest] = [0, 0];
    for (let tap = 0; tap < taps; tap++) {
      const value = values[pair * taps + tap] * scale;
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
      for (let k = 0; k < coefficients; k++) sums[k] += value * basis[tap * coefficients + k];
    }
    inputs.set(sums, pair * EDGE_INPUTS);
    inputs[pair * EDGE_INPUTS + coefficients] = squares / taps;
    inputs[pair * EDGE_INPUTS + coefficients + 1] = largest;
  }
  return inputs;
}
