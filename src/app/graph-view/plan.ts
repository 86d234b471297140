/** Which lines a frame draws: for the drawing itself, and for finding the line under the pointer. */
import { isCarrier } from '../../graph';
import { type Point, pairPlaces, type Scene } from './scene';
import { extent, isBar, type View } from './view';

export interface PlannedBlock {
  readonly block: number;
  readonly form: 'lines' | 'band' | 'meeting';
  /** The strongest so many of its lines, and how opaque. */
  readonly limit: number;
  /** Lines that there would be room for: more than `limit` where the scene has not got them yet. */
  readonly wanted: number;
  readonly opacity: number;
}

const LINES_IN_BAND = 160;
const LINES_OF_CARRIER = 400;
/** Below this zoom the edges of biases and norms would only clutter. */
const CARRIER_MIN_ZOOM = 0.75;

function isVisible(scene: Scene, view: View, block: number): boolean {
  const { source, target } = scene.graph.blocks[block];
  const [a, b] = [extent(scene, view, source), extent(scene, view, target)];
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const [top, bottom] = [Math.min(a.top, b.top), Math.max(a.bottom, b.bottom)];
  return right >= 0 && left <= view.width && bottom >= -40 && top <= view.height + 40;
}

/** The blocks in view, in drawing order, with their share of the frame's lines. */
export function planFrame(scene: Scene, view: View): PlannedBlock[] {
  const { blocks, groups } = scene.graph;
  const visible = blocks.flatMap((_, block) => (isVisible(scene, view, block) ? [block] : []));
  const fairShare = Math.max(200, Math.floor(view.lineCapacity / Math.max(1, visible.length)));
  let left = view.lineCapacity;
  return visible.map((block): PlannedBlock => {
    const { source, target, kind, pairCount } = blocks[block];
    const count = scene.pictures[block]?.pairs.length ?? 0;
    const take = (most: number) => {
      const wanted = Math.min(pairCount, most, left);
      const limit = Math.min(count, wanted);
      left -= limit;
      return { limit, wanted };
    };
    const none = { limit: 0, wanted: 0 };
    if (kind === 'residual' || kind === 'gate') return { block, form: 'meeting', ...none, opacity: 1 };
    if (isCarrier(groups[source].kind)) {
      const lines = view.transform.k > CARRIER_MIN_ZOOM ? take(LINES_OF_CARRIER) : none;
      return { block, form: 'lines', ...lines, opacity: 0.35 };
    }
    if (isBar(scene, view, source) || isBar(scene, view, target)) {
      return { block, form: 'band', ...take(LINES_IN_BAND), opacity: 1 };
    }
    return { block, form: scene.pictures[block] ? 'lines' : 'band', ...take(fairShare), opacity: 1 };
  });
}

export interface Edge {
  readonly block: number;
  readonly pair: number;
}

/**
 * The drawn line nearest to a point on screen, within `reachPx`. All lines of a block run between the same two columns, so
 * at one x they share the parameter of their curve, and each line's height there is a mean of its two ends.
 */
export function edgeAt(scene: Scene, view: View, point: Point, reachPx: number): Edge | undefined {
  const { transform } = view;
  let best: Edge | undefined;
  let bestDistance = reachPx;
  for (const { block, limit } of planFrame(scene, view)) {
    const picture = scene.pictures[block];
    if (!picture || limit === 0) continue;
    const shape = scene.graph.blocks[block];
    const [a, b] = [scene.layout.places[shape.source], scene.layout.places[shape.target]];
    const share = shareOfSource((transform.invertX(point.x) - a.x) / (b.x - a.x || 1));
    if (share === undefined) continue;
    for (let entry = picture.pairs.length - 1; entry >= picture.pairs.length - limit; entry--) {
      const { source, target } = pairPlaces(scene.graph, shape, picture.pairs[entry]);
      const y = share * (a.y + source * a.step) + (1 - share) * (b.y + target * b.step);
      const distance = Math.abs(transform.applyY(y) - point.y);
      if (distance >= bestDistance) continue;
      bestDistance = distance;
      best = { block, pair: picture.pairs[entry] };
    }
  }
  return best;
}

/** Weight of the source's height in a curve from (0, ·) to (1, ·) with control points at ½, at horizontal place x. */
function shareOfSource(x: number): number | undefined {
  if (x < 0.02 || x > 0.98) return undefined;
  // x(t) = 1.5 t − 1.5 t² + t³ is monotonous: a few halvings find t.
  let [low, high] = [0, 1];
  for (let step = 0; step < 24; step++) {
    const t = (low + high) / 2;
    if (1.5 * t - 1.5 * t * t + t ** 3 < x) low = t;
    else high = t;
  }
  return (1 - low) ** 3 + 3 * low * (1 - low) ** 2;
}
