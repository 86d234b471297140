/** One kernel as a small picture, scaled to its own strongest tap. */
import { useEffect, useRef } from 'react';
import { useApp } from '../store';
import { paint, readDiverging } from './diverging';

export function KernelPicture({ values, shape }: { values: Float32Array; shape: readonly number[] }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const width = shape.at(-1) ?? 1;
  const height = values.length / width;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const scale = readDiverging(canvas);
    const image = context.createImageData(width, height);
    const most = Math.max(...values.map(Math.abs), 1e-30);
    values.forEach((value, at) => {
      paint(image, at, value / most, scale);
    });
    context.putImageData(image, 0, 0);
  }, [values, width, height, theme]);
  return <canvas ref={ref} className="kernel" width={width} height={height} />;
}
