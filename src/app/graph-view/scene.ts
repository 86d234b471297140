/** What the graph view draws, and where: the layout, the pictures that have arrived, and node look-up by place. */
import { type BlockShape, type GraphShape, type Layout, layoutGraph, sourcesPerTarget } from '../../graph';
import type { BlockPicture } from '../../tasks';
import type { SceneColours } from './scene-colours';

export interface Scene {
  readonly graph: GraphShape;
  readonly layout: Layout;
  /** By block; filled as the worker answers. */
  readonly pictures: (BlockPicture | undefined)[];
  /** Group of every node. */
  readonly groupOf: Int32Array;
  /** Where a tool shows something by colour. */
  readonly colours?: SceneColours;
}

const scenes = new WeakMap<GraphShape, Scene>();

/** The scene of a graph: one, shared by all who draw or describe it. */
export function sceneOf(graph: GraphShape): Scene {
  const scene = scenes.get(graph) ?? createScene(graph);
  scenes.set(graph, scene);
  return scene;
}

function createScene(graph: GraphShape): Scene {
  const groupOf = new Int32Array(graph.nodeCount);
  graph.groups.forEach(({ first, count }, group) => {
    groupOf.fill(group, first, first + count);
  });
  return { graph, layout: layoutGraph(graph), pictures: new Array(graph.blocks.length), groupOf };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function nodePoint({ graph, layout, groupOf }: Scene, node: number): Point {
  const group = groupOf[node];
  const { x, y, step } = layout.places[group];
  return { x, y: y + (node - graph.groups[group].first) * step };
}

/** Places of a pair's two nodes within their groups. */
export function pairPlaces(
  { groups }: GraphShape,
  block: BlockShape,
  pair: number,
): { source: number; target: number } {
  const perTarget = sourcesPerTarget(block, groups);
  const target = Math.floor(pair / perTarget);
  if (block.pattern === 'diagonal') return { source: target, target };
  const targetsPerPart = groups[block.target].count / block.groups;
  return { source: Math.floor(target / targetsPerPart) * perTarget + (pair % perTarget), target };
}

/** The node under a point, in the layout's own coordinates; `reach` is how far it may be missed. */
export function nodeAt({ graph, layout }: Scene, point: Point, reach: number): number | undefined {
  let best: number | undefined;
  let bestDistance = reach;
  graph.groups.forEach(({ first, count }, group) => {
    const { x, y, step } = layout.places[group];
    if (Math.abs(point.x - x) > bestDistance) return;
    const index = step > 0 ? Math.min(count - 1, Math.max(0, Math.round((point.y - y) / step))) : 0;
    const distance = Math.hypot(point.x - x, point.y - (y + index * step));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = first + index;
    }
  });
  return best;
}
