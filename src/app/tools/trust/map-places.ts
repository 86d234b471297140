/** The map's geometry: where dots lie in pixels, drawing them, and walking from one to the next. */

/** [x, y]: to the right and up in the embedding's plane, to the right and down in pixels. */
export type Place = readonly [number, number];

const MARGIN_PX = 14;
const [LEAST_HEIGHT_PX, MOST_HEIGHT_PX] = [140, 300];
/** Share of the dots beyond the map, on each side. */
const OUTERMOST = 5e-4;

export interface Places {
  readonly dots: readonly Place[];
  readonly height: number;
  /** Where a point of the plane lies. */
  readonly place: (point: Place) => Place;
}

/** Share of the map's width or height that a point may lie beyond its edge and still be where it is drawn, near enough. */
const SLACK = 0.05;

/** Whether a point of the plane lies well beyond the map that shows these points: it is drawn at the edge. */
export const isBeyond = (points: readonly Place[], point: Place): boolean =>
  ([0, 1] as const).some((axis) => {
    const [least, most] = extent(points, axis);
    const slack = SLACK * (most - least);
    return point[axis] < least - slack || point[axis] > most + slack;
  });

/** One scale for both directions, so that distances are what they look like. */
export function placesOf(points: readonly Place[], width: number): Places {
  const [left, right] = extent(points, 0);
  const [low, high] = extent(points, 1);
  const room = Math.max(1, width - 2 * MARGIN_PX);
  const wanted = (room * (high - low)) / (right - left) + 2 * MARGIN_PX;
  const height = Math.min(MOST_HEIGHT_PX, Math.max(LEAST_HEIGHT_PX, wanted));
  const scale = Math.min(room / (right - left), (height - 2 * MARGIN_PX) / (high - low));
  const place = ([x, y]: Place): Place => [
    clamp(width / 2 + scale * (x - (left + right) / 2), width),
    clamp(height / 2 - scale * (y - (low + high) / 2), height),
  ];
  return { dots: points.map(place), height, place };
}

const clamp = (at: number, size: number) => Math.min(size - MARGIN_PX, Math.max(MARGIN_PX, at));

/** But for the outermost few, which would leave the others little room: they lie at the edge. */
function extent(points: readonly Place[], axis: 0 | 1): [number, number] {
  const sorted = Float64Array.from(points, (point) => point[axis]).sort();
  const spare = Math.floor(OUTERMOST * sorted.length);
  return [sorted[spare], sorted[sorted.length - 1 - spare]];
}

const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The dot that an arrow key leads to: the nearest of those that lie more that way than aside. */
export function stepDot(dots: readonly Place[], from: Place, key: string): number | undefined {
  const direction = DIRECTIONS[key];
  if (!direction) return undefined;
  let [best, least]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  dots.forEach(([x, y], dot) => {
    const [dx, dy] = [x - from[0], y - from[1]];
    const along = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const distance = Math.hypot(dx, dy);
    if (along > aside && distance < least) [best, least] = [dot, distance];
  });
  return best;
}
