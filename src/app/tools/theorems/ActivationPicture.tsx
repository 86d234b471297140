/** Activations as one picture: a tile for every channel, rows of cells for what has no positions. */
import { useEffect, useRef } from 'react';
import type { Activations } from '../../../tasks';
import { formatCount, formatShape } from '../../format';
import { paint, readDiverging } from '../../inspector/diverging';
import { useApp } from '../../store';
import { type Tiles, tilesOf } from './tiles';

export function ActivationPicture({ activations: { shape, values } }: { activations: Activations }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const tiles = tilesOf(shape);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours; tiles follow from the shape
  useEffect(() => {
    if (ref.current) draw(ref.current, values, tiles);
  }, [values, theme]);
  const { shown, count } = tiles;
  const all = `${formatCount(count)} ${count === 1 ? 'tile' : 'tiles'}`;
  return (
    <figure className="activations">
      <canvas ref={ref} role="img" aria-label={`Activations, ${formatShape(shape)}`} />
      <figcaption className="muted small">
        {formatShape(shape)}
        {shown < count && ` · the first ${formatCount(shown)} of ${all}`}
      </figcaption>
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, values: Float32Array, tiles: Tiles): void {
  const { width, height, columns, gap, shown, pictureWidth, pictureHeight, zoom } = tiles;
  canvas.width = pictureWidth;
  canvas.height = pictureHeight;
  canvas.style.width = `${pictureWidth * zoom}px`;
  canvas.style.height = `${pictureHeight * zoom}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = context.createImageData(canvas.width, canvas.height);
  const scale = readDiverging(canvas);
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30);
  const perTile = width * height;
  for (let at = 0; at < shown * perTile; at++) {
    const tile = Math.floor(at / perTile);
    const left = (tile % columns) * (width + gap) + (at % width);
    const top = Math.floor(tile / columns) * (height + gap) + Math.floor((at % perTile) / width);
    paint(image, top * canvas.width + left, values[at] / most, scale);
  }
  context.putImageData(image, 0, 0);
}
