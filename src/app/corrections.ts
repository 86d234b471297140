/** Correcting what was inferred of the open file: it is read again, and the page shows what comes of it. */
import type { Corrections, CorrectionValue } from '../network';
import type { ModelSummary } from '../workers/model-summary';
import { betweenEdits } from './edits/editing';
import { keepCorrections } from './kept-corrections';
import { editOnceJudged, showModel } from './opening';
import { type CorrectionHistory, store } from './store';

/** Changes one thing; without a key, takes every correction back. */
export async function correct(key?: string, value?: CorrectionValue): Promise<void> {
  const { model, corrections } = store.getState();
  const known = new Set(model?.report.inference?.choices.map((choice) => choice.key));
  // A correction may have made another one pointless.
  const standing = Object.entries(corrections.current).filter(([name]) => known.has(name));
  const next =
    key === undefined || value === undefined ? {} : { ...Object.fromEntries(standing), [key]: value };
  await apply({ current: next, past: [...corrections.past, corrections.current] });
}

export async function undoCorrection(): Promise<void> {
  const { past } = store.getState().corrections;
  const current = past.at(-1);
  if (current) await apply({ current, past: past.slice(0, -1) });
}

/** The corrections last asked for: answers to earlier ones are not shown. */
let latest: Corrections | undefined;

async function apply(history: CorrectionHistory): Promise<void> {
  latest = history.current;
  await betweenEdits(async (api) => {
    if (latest !== history.current) return;
    const { model: before, source, wantedZoo, edits } = store.getState();
    const model = await api.correct(history.current);
    if (store.getState().model !== before) return;
    if (model.structure) keepCorrections(model.structure, history.current);
    showModel(model, history, source);
    store.setState({ wantedZoo });
    if (edits.edits.length === 0) return;
    // Edits name layers and groups by their numbers.
    if (namesOf(model) === namesOf(before)) void editOnceJudged(edits.edits);
    else store.setState({ error: 'The layers are others now: what was edited has been taken back.' });
  });
}

const namesOf = (model: ModelSummary | undefined) =>
  JSON.stringify([
    model?.layers.map(({ name }) => name),
    model?.graph.groups.map(({ name, count }) => [name, count]),
  ]);
