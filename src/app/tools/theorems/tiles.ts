/** How activations of any shape are laid out as tiles of one picture. */

export interface Tiles {
  /** Of one tile, in values. */
  readonly width: number;
  readonly height: number;
  /** Tiles, and how many of them are shown. */
  readonly count: number;
  readonly shown: number;
  /** Tiles side by side. */
  readonly columns: number;
  /** Between tiles, in values. */
  readonly gap: number;
  /** Of the whole picture, in values. */
  readonly pictureWidth: number;
  readonly pictureHeight: number;
  /** Screen pixels per value. */
  readonly zoom: number;
}

/** Room for a picture. */
const WIDTH_PX = 284;
const HEIGHT_PX = 112;
const MAX_ZOOM = 16;

/** More values are smaller than what a person can see. */
const MAX_VALUES = 20_000;

/** A few single values stand in one row. */
const MIN_VALUES_IN_ROW = 16;

/** The last two axes of three or more (batches of one do not count) are a tile's; two axes are one tile; of one axis every value is a tile. */
export function tilesOf(shape: readonly number[]): Tiles {
  const axes = shape[0] === 1 ? shape.slice(1) : shape;
  const [height, width] = axes.length > 1 ? axes.slice(-2) : [1, 1];
  const count = axes.slice(0, axes.length > 1 ? -2 : undefined).reduce((product, size) => product * size, 1);
  const shown = Math.max(1, Math.min(count, Math.floor(MAX_VALUES / (width * height))));
  const gap = width * height > 1 ? 1 : 0;
  const ratio = (WIDTH_PX * (height + gap)) / (HEIGHT_PX * (width + gap));
  const fitting = Math.round(Math.sqrt(shown * ratio));
  const columns = Math.min(shown, Math.max(gap === 0 ? MIN_VALUES_IN_ROW : 1, fitting));
  const pictureWidth = columns * (width + gap) - gap;
  const pictureHeight = Math.ceil(shown / columns) * (height + gap) - gap;
  const zoom = Math.min(MAX_ZOOM, WIDTH_PX / pictureWidth, HEIGHT_PX / pictureHeight);
  return {
    ...{ width, height, count, shown, columns, gap, pictureWidth, pictureHeight },
    // Whole screen pixels per value where there is room for them.
    zoom: zoom >= 1 ? Math.floor(zoom) : zoom,
  };
}

export const heightPx = ({ pictureHeight, zoom }: Tiles) => pictureHeight * zoom;
