/**
 * The graph with the metanet's states of one round in the place of the weights' signs: as colours of three components, or of one
 * channel. After the last round comes the readout: every layer in the colour of the mean that is read of it.
 */
import type { NetworkTrace } from '../../tasks';
import type { Scene } from './scene';
import { packed, perPalette, type SceneColours } from './scene-colours';
import { COARSE, componentColours, FINE, shareColours } from './state-colours';

/** Numbers per row: three components, or a channel; about −1 … 1. */
interface Shown {
  readonly nodes: Float32Array;
  readonly pairs: Float32Array | undefined;
  readonly size: 1 | 3;
}

/** `round`: 0 … L, then the readout. `channel`: the one that is coloured; undefined: three components. */
export function roundsScene(
  base: Scene,
  trace: NetworkTrace,
  round: number,
  channel: number | undefined,
): Scene {
  return { ...base, colours: stateColours(base, shownStates(base, trace, round, channel)) };
}

function stateColours({ graph }: Scene, { nodes, pairs, size }: Shown): SceneColours {
  const colour = size === 3 ? componentColours : shareColours;
  const ofNodes = perPalette((palette, numbers: Float32Array) => colour(palette, numbers, FINE));
  const ofBlocks = graph.blocks.map(({ firstPair }) =>
    perPalette((palette, entries: Uint32Array) => {
      if (!pairs) return new Uint32Array(entries.length).fill(packed(palette.neutral));
      const numbers = new Float32Array(entries.length * size);
      entries.forEach((pair, entry) => {
        const from = (firstPair + pair) * size;
        for (let k = 0; k < size; k++) numbers[entry * size + k] = pairs[from + k];
      });
      return colour(palette, numbers, COARSE);
    }),
  );
  return {
    ofNodes: (palette) => ofNodes(palette, nodes),
    ofLines: (palette, block, picture) => ofBlocks[block](palette, picture.pairs),
  };
}

/** The rows of a round; the readout's are means over groups and blocks of those after the last. */
function shownStates(
  { graph }: Scene,
  trace: NetworkTrace,
  round: number,
  channel: number | undefined,
): Shown {
  const last = trace.rounds.length;
  const at = Math.min(round, last);
  const size = channel === undefined ? 3 : 1;
  const rowsOf = (kind: 'nodes' | 'pairs') =>
    channel === undefined ? trace.components[kind]?.[at] : channelShares(trace, kind, at, channel);
  const [nodes = new Float32Array(0), pairs] = [rowsOf('nodes'), rowsOf('pairs')];
  if (round <= last) return { nodes, pairs, size };
  const blocks = graph.blocks.map(({ firstPair, pairCount }) => ({ first: firstPair, count: pairCount }));
  return {
    nodes: segmentMeans(nodes, graph.groups, size),
    pairs: pairs && segmentMeans(pairs, blocks, size),
    size,
  };
}

/** One channel in units of twice its root mean square over all rounds: most lie within ±1. */
function channelShares(
  { width, ...trace }: NetworkTrace,
  kind: 'nodes' | 'pairs',
  round: number,
  channel: number,
): Float32Array | undefined {
  const tables = trace[kind];
  if (!tables) return undefined;
  let [squares, count] = [0, 0];
  for (const table of tables) {
    for (let i = channel; i < table.length; i += width) squares += table[i] * table[i];
    count += table.length / width;
  }
  const scale = 1 / (2 * Math.sqrt(squares / Math.max(1, count)) || 1);
  const table = tables[round];
  return Float32Array.from(
    { length: table.length / width },
    (_, row) => scale * table[row * width + channel],
  );
}

/** Every row replaced by the mean of its segment. */
function segmentMeans(
  numbers: Float32Array,
  segments: readonly { readonly first: number; readonly count: number }[],
  size: number,
): Float32Array {
  const means = new Float32Array(numbers.length);
  for (const { first, count } of segments) {
    for (let k = 0; k < size; k++) {
      let sum = 0;
      for (let row = first; row < first + count; row++) sum += numbers[row * size + k];
      for (let row = first; row < first + count; row++) means[row * size + k] = sum / count;
    }
  }
  return means;
}
