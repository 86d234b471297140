/** How far a network's outputs have moved. */
import type { NetworkValue } from './network-runner';

/** Largest difference between two runs of one network, relative to the largest output of the first. */
export function outputDifference(before: readonly NetworkValue[], after: readonly NetworkValue[]): number {
  let [difference, magnitude] = [0, 0];
  before.forEach(({ values }, index) => {
    const others = after[index].values;
    values.forEach((value, place) => {
      difference = Math.max(difference, Math.abs(value - others[place]));
      magnitude = Math.max(magnitude, Math.abs(value));
    });
  });
  return magnitude > 0 ? difference / magnitude : difference;
}
