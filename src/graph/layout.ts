/**
 * Where nodes stand: analytic, by layer and index, never iterative. Depth runs to the right, one column a depth; the
 * groups of a column stand below one another, their nodes evenly spaced and centred on y = 0. Nodes that only carry
 * parameters (biases, norms, heads) stand in a small stack above and before the nodes they feed.
 * Lengths are in pixels at zoom 1.
 */
import { type GraphShape, isCarrier, type NodeGroup } from './parameter-graph';

export interface GroupPlace {
  /** Centre of the first node, and the step to the next. */
  readonly x: number;
  readonly y: number;
  readonly step: number;
  /** Nodes that only carry parameters are drawn small. */
  readonly isSource: boolean;
}

export interface Layout {
  readonly places: readonly GroupPlace[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const COLUMN_WIDTH = 190;
const NODE_STEP = 15;
/** A group is never taller than this: wide layers get closer nodes. */
const MAX_GROUP_HEIGHT = 460;
const GROUP_GAP = 34;
const SOURCE_OFFSET_X = 44;
const SOURCE_OFFSET_Y = 30;
const SOURCE_STEP = 13;

const heightOf = (count: number) => Math.min(MAX_GROUP_HEIGHT, (count - 1) * NODE_STEP);

export function layoutGraph({ groups, blocks }: GraphShape): Layout {
  const columns = new Map<number, number[]>();
  groups.forEach(({ kind, depth }, group) => {
    if (!isCarrier(kind)) columns.set(depth, [...(columns.get(depth) ?? []), group]);
  });
  const places = new Array<GroupPlace>(groups.length);
  let [top, bottom] = [0, 0];
  for (const [depth, members] of columns) {
    const total =
      members.reduce((sum, group) => sum + heightOf(groups[group].count), 0) +
      GROUP_GAP * (members.length - 1);
    let y = -total / 2;
    for (const group of members) {
      const { count } = groups[group];
      const height = heightOf(count);
      places[group] = {
        x: depth * COLUMN_WIDTH,
        y,
        step: count > 1 ? height / (count - 1) : 0,
        isSource: false,
      };
      y += height + GROUP_GAP;
    }
    top = Math.min(top, -total / 2);
    bottom = Math.max(bottom, total / 2);
  }
  top = Math.min(top, placeCarriers(groups, blocks, places));
  const xs = places.map(({ x }) => x);
  const [left, right] = xs.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [0, 0]);
  return { places, left, right, top, bottom };
}

/** Stacks each carrier above the first group that it feeds; returns the highest y. */
function placeCarriers(
  groups: readonly NodeGroup[],
  blocks: GraphShape['blocks'],
  places: GroupPlace[],
): number {
  const fed = new Map<number, number>();
  for (const { source, target } of blocks) {
    if (isCarrier(groups[source].kind) && !fed.has(source)) fed.set(source, target);
  }
  const stacked = new Map<number, number>();
  let top = 0;
  groups.forEach(({ kind, count }, group) => {
    if (!isCarrier(kind)) return;
    const anchor = places[fed.get(group) ?? 0] ?? { x: 0, y: 0 };
    const below = stacked.get(fed.get(group) ?? 0) ?? 0;
    stacked.set(fed.get(group) ?? 0, below + count);
    const y = anchor.y - SOURCE_OFFSET_Y - (below + count - 1) * SOURCE_STEP;
    places[group] = { x: anchor.x - SOURCE_OFFSET_X, y, step: SOURCE_STEP, isSource: true };
    top = Math.min(top, y);
  });
  return top;
}
