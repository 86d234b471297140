/** Scores to prune by: how little each weight matters to the prediction. */
import { withdrawEdit } from '../../edits/editing';
import { openModelApi } from '../../model-client';
import { store, until } from '../../store';
import { askSaliency } from '../saliency/saliency';

/**
 * Gives the open model's worker |gradient × value| of every weight, of the network as it was before the edit that a slider moves,
 * and returns the name that edits call it by: by the number of edits before, for undo and links to find it again.
 */
export async function handOverSaliency(layer: number | undefined): Promise<string> {
  const last = store.getState().edits.edits.at(-1);
  if (last?.kind === 'prune' && last.layer === layer) {
    if (last.score !== undefined) return last.score;
    await withdrawEdit({ kind: 'prune', ...(layer !== undefined && { layer }) });
  }
  const name = `saliency ${store.getState().edits.edits.length}`;
  await giveScores(name);
  return name;
}

/** Computes the saliency of the network as it is now, and names it. Throws an Error that says why where that fails. */
export async function giveScores(name: string): Promise<void> {
  void askSaliency();
  await until(({ saliency: { status } }) => status !== 'running');
  const { saliency } = store.getState();
  if (saliency.status === 'failed') throw new Error(saliency.reason);
  if (saliency.status !== 'done') throw new Error('What matters was not found out: the search was stopped.');
  await openModelApi().setScores(
    name,
    saliency.saliency.edges.map((edges) => edges.map(Math.abs)),
  );
}
