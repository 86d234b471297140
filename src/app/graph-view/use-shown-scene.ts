/** What the open tool shows in the place of the weights. */
import { useMemo } from 'react';
import { useApp } from '../store';
import { useTrace } from '../tools/rounds/trace';
import { roundsScene } from './rounds-scene';
import { saliencyScene } from './saliency-scene';
import type { Scene } from './scene';

export function useShownScene(weights: Scene | undefined): Scene | undefined {
  const tool = useApp((state) => state.tool);
  const saliency = useApp((state) =>
    state.saliency.status === 'done' ? state.saliency.saliency : undefined,
  );
  const state = useTrace();
  const trace = state.status === 'done' ? state.trace : undefined;
  const { round, colours, channel } = useApp(({ roundsView }) => roundsView);
  /** Another channel is another scene only where it is what is coloured; a link may name one that there is not. */
  const chosen = channel !== undefined && channel < (trace?.width ?? 0) ? channel : 0;
  const coloured = colours === 'channel' ? chosen : undefined;
  return useMemo(() => {
    if (!weights) return undefined;
    if (tool === 'saliency' && saliency) return saliencyScene(weights, saliency);
    if (tool === 'rounds' && trace) return roundsScene(weights, trace, round, coloured);
    return weights;
  }, [weights, tool, saliency, trace, round, coloured]);
}
