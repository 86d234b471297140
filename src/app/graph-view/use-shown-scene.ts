/** What the open tool shows in the place of the weights. */
import { useMemo } from 'react';
import { useApp } from '../store';
import { saliencyScene } from './saliency-scene';
import type { Scene } from './scene';

export function useShownScene(weights: Scene | undefined): Scene | undefined {
  const saliency = useApp((state) =>
    state.tool === 'saliency' && state.saliency.status === 'done' ? state.saliency.saliency : undefined,
  );
  return useMemo(
    () => (weights && saliency ? saliencyScene(weights, saliency) : weights),
    [weights, saliency],
  );
}
