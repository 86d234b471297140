/** How the scene is looked at, and what follows from it for every part of the drawing. */
import type { ZoomTransform } from 'd3';
import type { GraphShape } from '../../graph';
import type { Palette } from './palette';
import type { Point, Scene } from './scene';

export type Marked =
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'edge'; readonly block: number; readonly pair: number };

/** The same, if the graph has such a node or connection. */
export function markedWithin({ nodeCount, blocks }: GraphShape, marked: Marked | undefined) {
  const isWithin =
    marked?.kind === 'node'
      ? marked.node < nodeCount
      : marked && marked.pair < (blocks[marked.block]?.pairCount ?? 0);
  return isWithin ? marked : undefined;
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly transform: ZoomTransform;
  readonly palette: Palette;
  /** What is under the pointer, or selected, stands out; the rest steps back. */
  readonly marked: Marked | undefined;
  readonly selectedGroups: ReadonlySet<number>;
  readonly isInferred: boolean;
  /** Lines that one picture may hold. */
  readonly lineCapacity: number;
}

/** Below this distance on screen, nodes of a group run together and are drawn as one bar. */
const MIN_NODE_STEP_PX = 3.2;
const LABEL_MIN_COLUMN_PX = 74;

export const toScreen = ({ transform }: View, { x, y }: Point): Point => ({
  x: transform.applyX(x),
  y: transform.applyY(y),
});

export function isBar(scene: Scene, view: View, group: number): boolean {
  const { step } = scene.layout.places[group];
  return scene.graph.groups[group].count > 1 && step * view.transform.k < MIN_NODE_STEP_PX;
}

/** Screen rectangle of a group: its nodes' column. */
export function extent(scene: Scene, view: View, group: number): { x: number; top: number; bottom: number } {
  const { x, y, step } = scene.layout.places[group];
  const { count } = scene.graph.groups[group];
  const { transform } = view;
  return {
    x: transform.applyX(x),
    top: transform.applyY(y),
    bottom: transform.applyY(y + (count - 1) * step),
  };
}

export const hasLabels = ({ layout }: Scene, { transform }: View) =>
  layout.columnWidth * transform.k >= LABEL_MIN_COLUMN_PX;
