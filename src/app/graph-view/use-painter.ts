/** Who paints the weights: a GPU where the metanet runs on one; the canvas until then, and again if the GPU is lost. */
import { type RefObject, useEffect, useRef } from 'react';
import { useApp } from '../store';
import { CanvasPainter } from './canvas-painter';
import type { GpuPainter } from './gpu-painter';
import type { Painter } from './painter';

export function usePainter(
  gpuCanvas: RefObject<HTMLCanvasElement | null>,
  onChange: () => void,
): RefObject<Painter> {
  const isOnGpu = useApp((state) => state.backend?.kind === 'gpu');
  const painter = useRef<Painter>(undefined as never);
  painter.current ??= new CanvasPainter();
  useEffect(() => {
    let isCurrent = true;
    let gpu: GpuPainter | undefined;
    const use = (next: Painter) => {
      if (!isCurrent) return;
      painter.current = next;
      onChange();
    };
    const start = async () => {
      if (!isOnGpu || !gpuCanvas.current) return;
      const { GpuPainter } = await import('./gpu-painter');
      gpu = await GpuPainter.create(gpuCanvas.current);
      if (!gpu || !isCurrent) return gpu?.release();
      use(gpu);
      await gpu.lost;
    };
    // Whatever goes wrong with the GPU: the canvas draws on.
    const backToCanvas = () => {
      if (painter.current === gpu) use(new CanvasPainter());
    };
    start().then(backToCanvas, backToCanvas);
    return () => {
      backToCanvas();
      isCurrent = false;
      gpu?.release();
    };
  }, [isOnGpu, gpuCanvas, onChange]);
  return painter;
}
