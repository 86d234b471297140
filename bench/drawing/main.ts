/** The rivals' page of bench/drawing.ts: sigma.js or cosmos.gl with a multilayer perceptron's graph, laid out as ours is. */
import { Graph as Cosmos } from '@cosmos.gl/graph';
import Graph from 'graphology';
import Sigma from 'sigma';

const stage = document.getElementById('stage') as HTMLDivElement;

interface Layered {
  /** x, y of every node. */
  readonly positions: Float32Array;
  /** Source and target of every edge. */
  readonly links: Float32Array;
}

/** Nodes in columns, every one joined to all of the next column. */
function layered(sizes: readonly number[]): Layered {
  const first = sizes.map((_, layer) => sizes.slice(0, layer).reduce((total, size) => total + size, 0));
  const positions: number[] = [];
  const links = new Float32Array(
    2 * sizes.slice(1).reduce((total, size, layer) => total + size * sizes[layer], 0),
  );
  sizes.forEach((size, layer) => {
    for (let node = 0; node < size; node++) {
      positions.push(1000 * layer, size === 1 ? 0 : 1000 * (node / (size - 1) - 0.5));
    }
  });
  let at = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    for (let target = 0; target < sizes[layer]; target++) {
      for (let source = 0; source < sizes[layer - 1]; source++) {
        links[at++] = first[layer - 1] + source;
        links[at++] = first[layer] + target;
      }
    }
  }
  return { positions: Float32Array.from(positions), links };
}

const COLOURS = ['#4e9af14d', '#f08a3c4d'];

const bench = {
  sigma(sizes: readonly number[]) {
    const { positions, links } = layered(sizes);
    const graph = new Graph();
    for (let node = 0; node < positions.length / 2; node++) {
      graph.addNode(node, { x: positions[2 * node], y: positions[2 * node + 1], size: 1, color: '#dde4ee' });
    }
    for (let edge = 0; edge < links.length / 2; edge++) {
      graph.addEdge(links[2 * edge], links[2 * edge + 1], { size: 0.5, color: COLOURS[edge % 2] });
    }
    new Sigma(graph, stage, { renderLabels: false });
  },

  async cosmos(sizes: readonly number[]) {
    const { positions, links } = layered(sizes);
    const graph = new Cosmos(stage, {
      enableSimulation: false,
      fitViewOnInit: true,
      spaceSize: 4096,
      linkDefaultWidth: 0.5,
      linkDefaultColor: '#4e9af14d',
      linkVisibilityMinTransparency: 1,
      backgroundColor: '#0f141b',
    });
    graph.setPointPositions(positions);
    graph.setLinks(links);
    graph.render();
    await graph.ready;
  },
};

export type DrawingBench = typeof bench;

Object.assign(globalThis, { bench });
