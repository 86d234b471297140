/**
 * Where nodes stand: analytic, by layer and index, never iterative. Depth runs to the right, one column a depth; the
 * groups of a column stand below one another, their nodes evenly spaced and centred on y = 0. Nodes that only carry
 * parameters (biases, norms, heads) stand in a row above the nodes they feed.
 * Lengths are in pixels at zoom 1.
 */
import { type GraphShape, isCarrier, type NodeGroup } from './parameter-graph';

export interface GroupPlace {
  /** Centre of the first node, and the step down to the next. */
  readonly x: number;
  readonly y: number;
  readonly step: number;
}

export interface Layout {
  /** Distance between columns. */
  readonly columnWidth: number;
  readonly places: readonly GroupPlace[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Columns stand closer in deep networks, so that layers stay taller than wide. */
const COLUMN_WIDTH = { most: 190, least: 70, all: 2400 };
const NODE_STEP = 22;
/** A group is never taller than this: wide layers get closer nodes. */
const MAX_GROUP_HEIGHT = 560;
const GROUP_GAP = 72;
/** Carriers stand in a row this far above their group. */
const CARRIER_LIFT = 30;
const CARRIER_STEP = 19;

const heightOf = (count: number) => Math.min(MAX_GROUP_HEIGHT, (count - 1) * NODE_STEP);

export function layoutGraph({ groups, blocks, depth: deepest }: GraphShape): Layout {
  const { most, least, all } = COLUMN_WIDTH;
  const columnWidth = Math.min(most, Math.max(least, all / Math.max(1, deepest)));
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
        x: depth * columnWidth,
        y,
        step: count > 1 ? height / (count - 1) : 0,
      };
      y += height + GROUP_GAP;
    }
    top = Math.min(top, -total / 2);
    bottom = Math.max(bottom, total / 2);
  }
  top = Math.min(top, placeCarriers(groups, blocks, places));
  const xs = places.map(({ x }) => x);
  const [left, right] = xs.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [0, 0]);
  return { columnWidth, places, left, right, top, bottom };
}

/** Puts the carriers of each group in a row above it; returns the highest y. */
function placeCarriers(
  groups: readonly NodeGroup[],
  blocks: GraphShape['blocks'],
  places: GroupPlace[],
): number {
  const rows = new Map<number, number[]>();
  const placed = new Set<number>();
  for (const { source, target } of blocks) {
    if (!isCarrier(groups[source].kind) || placed.has(source)) continue;
    placed.add(source);
    rows.set(target, [...(rows.get(target) ?? []), source]);
  }
  let top = 0;
  for (const [target, row] of rows) {
    const anchor = places[target];
    row.forEach((group, index) => {
      const { count } = groups[group];
      const x = anchor.x + (index - (row.length - 1) / 2) * CARRIER_STEP;
      const y = anchor.y - CARRIER_LIFT - (count - 1) * CARRIER_STEP;
      places[group] = { x, y, step: CARRIER_STEP };
      top = Math.min(top, y);
    });
  }
  return top;
}
