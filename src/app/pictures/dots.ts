/**
 * Thousands of dots. On the page they are drawn on a canvas, for that many elements would be slow; the canvas is remembered with
 * its dots, so that a picture to keep has them as vectors.
 */

export interface Dots {
  /** [x, y] in pixels of the page. */
  readonly places: readonly (readonly [number, number])[];
  readonly colours: readonly string[];
  readonly radius: number;
  readonly opacity: number;
}

const drawn = new WeakMap<HTMLCanvasElement, Dots>();

export function drawDots(canvas: HTMLCanvasElement, dots: Dots): void {
  drawn.set(canvas, dots);
  const context = canvas.getContext('2d');
  if (!context) return;
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = canvas.clientHeight * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  context.globalAlpha = dots.opacity;
  dots.places.forEach(([x, y], index) => {
    context.fillStyle = dots.colours[index];
    context.beginPath();
    context.arc(x, y, dots.radius, 0, 2 * Math.PI);
    context.fill();
  });
}

/** The canvas's dots as SVG elements. */
export function dotsAsSvg(canvas: HTMLCanvasElement): string {
  const dots = drawn.get(canvas);
  if (!dots) return '';
  const circles = dots.places.map(
    ([x, y], index) =>
      `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${dots.radius}" fill="${dots.colours[index]}"/>`,
  );
  return `<g fill-opacity="${dots.opacity}">${circles.join('')}</g>`;
}
