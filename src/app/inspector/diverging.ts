/** The page's diverging scale as bytes: negative – background – positive. */
import { rgb } from 'd3';

export type Colour = readonly [number, number, number];

export interface Diverging {
  readonly negative: Colour;
  readonly zero: Colour;
  readonly positive: Colour;
}

export function readDiverging(element: Element): Diverging {
  const style = getComputedStyle(element);
  const read = (name: string): Colour => {
    const { r, g, b } = rgb(style.getPropertyValue(name).trim());
    return [r, g, b];
  };
  return { negative: read('--negative'), zero: read('--mosaic-zero'), positive: read('--positive') };
}

/** Writes the colour of `share` (−1 … 1) at pixel `at` of an image. */
export function paint(image: ImageData, at: number, share: number, scale: Diverging): void {
  const end = share < 0 ? scale.negative : scale.positive;
  const amount = Math.min(1, Math.abs(share)) ** 0.75;
  for (let channel = 0; channel < 3; channel++) {
    image.data[4 * at + channel] = scale.zero[channel] + amount * (end[channel] - scale.zero[channel]);
  }
  image.data[4 * at + 3] = 255;
}
