/** The graph with what matters drawn in the place of weights: orange raises the prediction, blue lowers it. */
import { isCarrier } from '../../graph';
import { blockPicture, type Saliency } from '../../tasks';
import type { Scene } from './scene';
import { mixed, packed, perPalette, type SceneColours } from './scene-colours';

/** A scene of its own over the same layout. Strengths are on one scale for the whole network: that is what one compares. */
export function saliencyScene(base: Scene, { edges, neurons }: Saliency): Scene {
  const pictures = base.graph.blocks.map((block, index) => {
    const sums = new Float32Array(block.pairCount);
    edges[index].forEach((value, edge) => {
      sums[Math.floor(edge / block.taps)] += value;
    });
    return blockPicture({ ...block, taps: 1 }, sums);
  });
  const strongest = pictures.reduce((most, picture) => Math.max(most, picture.strongest), 0);
  const most = neurons.magnitude.reduce((largest, value) => Math.max(largest, value), 1e-30);
  // Areas are compared, not radii: half of the heat is seen as half.
  const heat = Float32Array.from(neurons.net, (net) => Math.sign(net) * Math.sqrt(Math.abs(net) / most));
  return {
    ...base,
    pictures: pictures.map((picture) => ({ ...picture, strongest })),
    colours: heatColours(base, heat),
  };
}

/** The more hangs on a node, −1 … 1, the more of its sign's colour it has, and the larger it is. */
function heatColours({ graph, groupOf }: Scene, heat: Float32Array): SceneColours {
  const ofNodes = perPalette((palette, own: Float32Array) => {
    const [negative, positive] = [palette.negative, palette.positive].map(packed);
    const [node, muted] = [palette.node, palette.muted].map(packed);
    return Uint32Array.from(own, (share, index) => {
      const plain = isCarrier(graph.groups[groupOf[index]].kind) ? muted : node;
      return mixed(plain, share < 0 ? negative : positive, Math.abs(share));
    });
  });
  return {
    ofNodes: (palette) => ofNodes(palette, heat),
    sizes: heat.map((share) => 1 + 0.6 * Math.abs(share)),
  };
}
