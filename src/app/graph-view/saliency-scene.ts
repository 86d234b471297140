/** The graph with what matters drawn in the place of weights: orange raises the prediction, blue lowers it. */
import { blockPicture, type Saliency } from '../../tasks';
import type { Scene } from './scene';

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
  return {
    ...base,
    pictures: pictures.map((picture) => ({ ...picture, strongest })),
    // Areas are compared, not radii: half of the heat is seen as half.
    heat: Float32Array.from(neurons.net, (net) => Math.sign(net) * Math.sqrt(Math.abs(net) / most)),
  };
}
