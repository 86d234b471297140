import type { Random } from '../graph';

/** A standard normal number, by Box and Muller's transform. */
export function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
