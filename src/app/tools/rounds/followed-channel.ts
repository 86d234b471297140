/** The channel whose numbers are followed: the chosen one, or that which the round changes most in the selected node. */
import { useMemo } from 'react';
import { largestChange } from '../../../metanets/gmn/trace-update';
import type { NetworkTrace } from '../../../tasks';
import { useApp } from '../../store';

export function useFollowedChannel(trace: NetworkTrace): number {
  const { round, channel } = useApp((state) => state.roundsView);
  const node = useApp(({ selection }) => (selection?.kind === 'node' ? selection.node : undefined));
  return useMemo(() => {
    const last = trace.rounds.length;
    if (channel !== undefined && channel < trace.width) return channel;
    if (node === undefined || round === 0 || round > last) return 0;
    return largestChange(trace, trace.width, node, round - 1);
  }, [trace, node, round, channel]);
}
