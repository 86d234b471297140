/** Shuffling the neurons of the open network. */
import { makeEdit } from '../../edits/editing';

/** Another seed each time, so that a second shuffle is another one. */
export const freshSeed = () => Math.floor(Math.random() * 2 ** 31);

/** Permutes all hidden neurons, channels, heads and dimensions that may change places. Resolves when all is judged again. */
export const shuffleAll = (): Promise<void> => makeEdit({ kind: 'permute', seed: freshSeed() });
