/** A weight tensor as one picture: a row for every neuron, a column for every input, a tile for every kernel. */
import { useEffect, useRef } from 'react';
import { type GraphShape, sourcesPerTarget } from '../../graph';
import { formatCount } from '../format';
import { useApp } from '../store';
import { useAnswer } from '../use-answer';
import { paint, readDiverging } from './diverging';

/** Values painted at once; beyond, only the first rows are. */
const MAX_VALUES = 400_000;
const MAX_WIDTH_PX = 284;
const MAX_HEIGHT_PX = 240;
const MAX_ZOOM = 14;

/** Neurons of which there are values to show: the first ones, of a large layer. */
const shownRows = ({ pairCount, taps }: GraphShape['blocks'][number], columns: number) =>
  Math.min(pairCount / columns, Math.max(1, Math.floor(MAX_VALUES / (columns * taps))));

export function WeightMosaic({ block: number }: { block: number }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const model = useApp((state) => state.model);
  const theme = useApp((state) => state.theme);
  const values = useAnswer(`values of ${number}`, (api) => api.blockValues(number));
  const block = model?.graph.blocks[number];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context || !values || !block || !model) return;
    const columns = sourcesPerTarget(block, model.graph.groups);
    const tileWidth = block.tapShape.at(-1) ?? 1;
    const tileHeight = block.taps / tileWidth;
    const gap = block.taps > 1 ? 1 : 0;
    const rows = shownRows(block, columns);
    const width = columns * (tileWidth + gap) - gap;
    canvas.width = width;
    canvas.height = rows * (tileHeight + gap) - gap;
    // Whole screen pixels per value where there is room for them.
    const zoom = Math.min(MAX_ZOOM, MAX_WIDTH_PX / canvas.width, MAX_HEIGHT_PX / canvas.height);
    const factor = zoom >= 1 ? Math.floor(zoom) : zoom;
    canvas.style.width = `${canvas.width * factor}px`;
    canvas.style.height = `${canvas.height * factor}px`;
    const image = context.createImageData(canvas.width, canvas.height);
    const scale = readDiverging(canvas);
    const most = quantileMagnitude(values);
    for (let pair = 0; pair < rows * columns; pair++) {
      const [left, top] = [
        (pair % columns) * (tileWidth + gap),
        Math.floor(pair / columns) * (tileHeight + gap),
      ];
      for (let tap = 0; tap < block.taps; tap++) {
        const at = (top + Math.floor(tap / tileWidth)) * width + left + (tap % tileWidth);
        paint(image, at, values[pair * block.taps + tap] / most, scale);
      }
    }
    context.putImageData(image, 0, 0);
  }, [values, block, model, theme]);

  if (!block || !model) return null;
  const inputs = sourcesPerTarget(block, model.graph.groups);
  const neurons = block.pairCount / inputs;
  const rows = shownRows(block, inputs);
  return (
    <figure className="mosaic">
      <canvas
        ref={ref}
        role="img"
        aria-label={`Weights of ${block.name}: ${rows} rows, one a neuron, of ${inputs} inputs`}
      />
      <figcaption className="muted small">
        {rows < neurons && `the first ${formatCount(rows)} of `}
        {formatCount(neurons)} neurons (rows) × {formatCount(inputs)} inputs
        {block.taps > 1
          ? ` × ${block.tapShape.join('×')} ${block.kind === 'convWeight' ? 'kernel' : 'pixels'}`
          : ''}
      </figcaption>
    </figure>
  );
}

/** A magnitude that only one value in a hundred exceeds: a few outliers do not leave the rest pale. */
function quantileMagnitude(values: Float32Array): number {
  const stride = Math.max(1, Math.floor(values.length / 20_000));
  const sample = Float32Array.from({ length: Math.ceil(values.length / stride) }, (_, i) =>
    Math.abs(values[i * stride]),
  );
  sample.sort();
  return sample[Math.floor(0.99 * (sample.length - 1))] || 1e-30;
}
