/** Edits that a link holds, made again. */
import type { Edit } from '../../edits';
import { store } from '../store';
import { giveScores } from '../tools/what-if/saliency-scores';
import { messageOf } from '../worker-clients';
import { makeEdit } from './editing';

/** Makes them in turn; where one cannot be made, those after it are not made either, and it is said why. */
export async function makeEdits(edits: readonly Edit[]): Promise<void> {
  const { model } = store.getState();
  for (const [index, edit] of edits.entries()) {
    try {
      if (edit.kind === 'prune' && edit.score !== undefined) await giveScores(edit.score);
    } catch (error) {
      store.setState({ error: messageOf(error) });
      return;
    }
    await makeEdit(edit);
    const { model: now, edits: made } = store.getState();
    if (now !== model || made.edits.length !== index + 1) return;
  }
}
