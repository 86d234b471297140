/** How deep a line of accuracies between two models dips (Frankle et al., 2020). */

/** Places on the line, both ends among them. */
export const BARRIER_POINTS = 13;

/**
 * How far the line dips below the straight one between its ends, at its deepest: a share of 1, at least 0. `share`: of the
 * way. Undefined until all places are there.
 */
export function barrierOf<Point extends { readonly share: number }>(
  points: readonly Point[],
  accuracyOf: (point: Point) => number,
): number | undefined {
  if (points.length < BARRIER_POINTS) return undefined;
  const [start, end] = [accuracyOf(points[0]), accuracyOf(points[points.length - 1])];
  const dips = points.map((point) => (1 - point.share) * start + point.share * end - accuracyOf(point));
  return Math.max(0, ...dips);
}
