/** How much is compared at once. */
import type { GraphShape } from '../graph';
import { UnsupportedModelError } from '../network/unsupported-model-error';

/**
 * Parameters of each of two networks. Both, the second one in the other order, and while chance is measured two more of that
 * size are in memory, four bytes each: under a gigabyte in all.
 */
const MAX_COMPARED_PARAMETERS = 4e7;

/** A series is read file by file, with three checkpoints in memory at a time; so many can be told apart on a slider. */
export const MAX_CHECKPOINTS = 500;

/** Throws UnsupportedModelError for a network that is too large to be compared. */
export function checkComparable(name: string, { edgeCount }: GraphShape): void {
  if (edgeCount <= MAX_COMPARED_PARAMETERS) return;
  const [count, most] = [edgeCount, MAX_COMPARED_PARAMETERS].map((value) => value.toLocaleString('en'));
  throw new UnsupportedModelError(
    `The network has ${count} parameters, and networks of up to ${most} can be compared`,
    name,
    'Compare smaller ones.',
  );
}
