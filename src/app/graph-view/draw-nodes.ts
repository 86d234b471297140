/** Nodes: bars from afar, dots from near, small diamonds for what only carries parameters; and the layers' names. */
import { isCarrier, type NodeKind } from '../../graph';
import type { Scene } from './scene';
import { cssColour } from './scene-colours';
import type { DrawingContext } from './svg-recorder';
import { extent, hasLabels, isBar, toScreen, type View } from './view';

const NODE_RADIUS = 5.5;
/** Letters on the small nodes that carry parameters. */
const CARRIER_LETTERS: Partial<Record<NodeKind, string>> = {
  bias: 'b',
  normScale: 'γ',
  normShift: 'β',
  normMean: 'μ',
  normVariance: 'σ²',
  scale: 's',
  head: 'h',
};

export function drawGroups(context: DrawingContext, scene: Scene, view: View): void {
  const { height } = view;
  const colours = scene.colours?.ofNodes(view.palette);
  scene.graph.groups.forEach(({ kind }, group) => {
    const isSmall = isCarrier(kind);
    const box = extent(scene, view, group);
    if (box.x < -40 || box.x > view.width + 40 || box.bottom < -20 || box.top > height + 20) return;
    context.globalAlpha = view.marked === undefined ? 1 : 0.5;
    const isSelected = view.selectedGroups.has(group);
    if (isSelected) drawHalo(context, view, box, isSmall);
    if (isSmall) {
      if (view.transform.k > 0.35)
        drawCarrier(context, scene, view, group, CARRIER_LETTERS[kind] ?? '', colours);
    } else if (isBar(scene, view, group)) drawBar(context, scene, view, group, colours);
    else drawDots(context, scene, view, group, colours);
  });
  context.globalAlpha = 1;
}

/** Height of a piece of a bar that has one colour. */
const BAR_PIECE_PX = 2;

/** Many nodes in little room; coloured from top to bottom as they are. */
function drawBar(
  context: DrawingContext,
  scene: Scene,
  view: View,
  group: number,
  colours: Uint32Array | undefined,
): void {
  const { transform, palette } = view;
  const box = extent(scene, view, group);
  const thickness = Math.min(
    9,
    9 * transform.k + 3,
    Math.max(1, 0.35 * scene.layout.columnWidth * transform.k),
  );
  const left = box.x - thickness / 2;
  if (colours) {
    const { first, count } = scene.graph.groups[group];
    const pieces = Math.max(1, Math.round((box.bottom - box.top) / BAR_PIECE_PX));
    const height = (box.bottom - box.top) / pieces;
    for (let piece = 0; piece < pieces; piece++) {
      context.fillStyle = cssColour(colours[first + Math.floor(((piece + 0.5) / pieces) * count)]);
      context.fillRect(left, box.top + piece * height, thickness, height + 0.5);
    }
    return;
  }
  context.fillStyle = palette.bar;
  context.beginPath();
  context.roundRect(left, box.top - 2, thickness, box.bottom - box.top + 4, thickness / 2);
  context.fill();
}

/** The nodes of a group that are in view: all as one path, or each in its colour. */
function drawDots(
  context: DrawingContext,
  scene: Scene,
  { transform, palette, height }: View,
  group: number,
  colours: Uint32Array | undefined,
): void {
  const { first, count } = scene.graph.groups[group];
  const { x, y, step } = scene.layout.places[group];
  const radius = Math.max(1.4, Math.min(NODE_RADIUS, step > 0 ? step * transform.k * 0.36 : NODE_RADIUS));
  const from = step > 0 ? Math.max(0, Math.floor((transform.invertY(0) - y) / step)) : 0;
  const to = step > 0 ? Math.min(count - 1, Math.ceil((transform.invertY(height) - y) / step)) : 0;
  const px = transform.applyX(x);
  const paint = (fill: string) => {
    context.fillStyle = fill;
    context.fill();
    if (radius <= 2.4) return;
    context.strokeStyle = palette.nodeEdge;
    context.lineWidth = 1;
    context.stroke();
  };
  if (!colours) context.beginPath();
  for (let index = from; index <= to; index++) {
    const py = transform.applyY(y + index * step);
    const own = radius * (scene.colours?.sizes?.[first + index] ?? 1);
    if (colours) context.beginPath();
    context.moveTo(px + own, py);
    context.arc(px, py, own, 0, 2 * Math.PI);
    if (colours) paint(cssColour(colours[first + index]));
  }
  if (!colours) paint(palette.node);
}

function drawHalo(
  context: DrawingContext,
  { palette }: View,
  box: { x: number; top: number; bottom: number },
  isSmall: boolean,
): void {
  const reach = isSmall ? 7 : 11;
  context.beginPath();
  context.roundRect(box.x - reach, box.top - reach, 2 * reach, box.bottom - box.top + 2 * reach, reach);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.stroke();
}

function drawCarrier(
  context: DrawingContext,
  scene: Scene,
  view: View,
  group: number,
  letter: string,
  colours: Uint32Array | undefined,
): void {
  const { x, y, step } = scene.layout.places[group];
  const { first, count } = scene.graph.groups[group];
  const { transform, palette } = view;
  const size = Math.max(2, Math.min(4.5, 5 * transform.k));
  for (let index = 0; index < count; index++) {
    const point = toScreen(view, { x, y: y + index * step });
    context.beginPath();
    context.moveTo(point.x, point.y - size);
    context.lineTo(point.x + size, point.y);
    context.lineTo(point.x, point.y + size);
    context.lineTo(point.x - size, point.y);
    context.closePath();
    context.fillStyle = colours ? cssColour(colours[first + index]) : palette.muted;
    context.fill();
  }
  context.fillStyle = palette.muted;
  if (transform.k < 0.6) return;
  context.font = `italic ${Math.round(Math.min(13, 4 + 8.5 * transform.k))}px Georgia, 'Times New Roman', serif`;
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  const point = toScreen(view, { x, y });
  context.fillText(letter, point.x, point.y - size - 2);
}

/** Layer names under the columns, where there is room for them. */
export function drawLabels(context: DrawingContext, scene: Scene, view: View): void {
  const { transform, palette } = view;
  if (!hasLabels(scene, view)) return;
  const columnPx = scene.layout.columnWidth * transform.k;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  scene.graph.groups.forEach(({ name, count, kind, isOutput }, group) => {
    if (isCarrier(kind)) return;
    const box = extent(scene, view, group);
    if (box.x < -100 || box.x > view.width + 100) return;
    const label = shorten(
      context,
      isOutput && !/output|logits/i.test(name) ? `${name} (output)` : name,
      columnPx - 12,
    );
    context.font = '600 12px system-ui, sans-serif';
    context.fillStyle = palette.text;
    context.fillText(label, box.x, box.bottom + 14);
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = palette.muted;
    context.fillText(`${count} ${nounFor(kind, count)}`, box.x, box.bottom + 29);
  });
}

const NOUNS: Partial<Record<NodeKind, string>> = {
  input: 'input',
  channel: 'channel',
  row: 'row',
  feature: 'feature',
  queryKey: 'query/key dimension',
  value: 'value dimension',
};

function nounFor(kind: NodeKind, count: number): string {
  const noun = NOUNS[kind] ?? 'neuron';
  return count === 1 ? noun : `${noun}s`;
}

/** Cuts the front of a dotted name first, part by part: its last part says which layer it is. */
function shorten(context: DrawingContext, text: string, room: number): string {
  context.font = '600 12px system-ui, sans-serif';
  if (context.measureText(text).width <= room) return text;
  const starts = [...text.matchAll(/(?<=[./_])./g)].map(({ index }) => index);
  const letters = Array.from({ length: text.length }, (_, index) => index + 1);
  for (const cut of [...starts, ...letters]) {
    const shorter = `…${text.slice(cut)}`;
    if (context.measureText(shorter).width <= room) return shorter;
  }
  return '…';
}
