/**
 * Which hidden channels keep an order among themselves, from the orderings that a network states.
 */
import type { Network } from '../network';

/** A channel of two orderings that do not nest: nothing around it may move. */
const CONFLICT = -1;

/**
 * For consecutive channels (a group of nodes): the length of the runs within them that keep their order, 0 where every
 * channel may move, `count` where none may.
 */
export function orderedRuns({ orderings, channelCount }: Network): (first: number, count: number) => number {
  // Per channel the length of its run (0: none), and its place in it.
  const lengths = new Int32Array(channelCount);
  const places = new Int32Array(channelCount);
  for (const { channels, run } of orderings) {
    channels.forEach((channel, entry) => {
      if (channel < 0) return;
      const [length, place] = [lengths[channel], places[channel]];
      const newPlace = entry % run;
      if (length === 0 || (run % length === 0 && newPlace % length === place)) {
        lengths[channel] = run;
        places[channel] = newPlace;
      } else if (length % run !== 0 || place % run !== newPlace) lengths[channel] = CONFLICT;
    });
  }
  return (first, count) => {
    const length = lengths[first];
    let isFree = true;
    let isRegular = length > 0 && count % length === 0;
    for (let node = 0; node < count; node++) {
      if (lengths[first + node] !== 0) isFree = false;
      if (lengths[first + node] !== length || places[first + node] !== node % length) isRegular = false;
    }
    return isFree ? 0 : isRegular ? length : count;
  };
}
