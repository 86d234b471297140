/** Correcting what was inferred of the open file: it is read again, and the page shows what comes of it. */
import type { Corrections, CorrectionValue } from '../network';
import { keepCorrections } from './kept-corrections';
import { openModelApi } from './model-client';
import { showModel } from './opening';
import { type CorrectionHistory, store } from './store';
import { messageOf } from './worker-clients';

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
  const { modelNumber, source } = store.getState();
  const isCurrent = () => latest === history.current && store.getState().modelNumber === modelNumber;
  latest = history.current;
  try {
    const model = await openModelApi().correct(history.current);
    if (!isCurrent()) return;
    if (model.structure) keepCorrections(model.structure, history.current);
    showModel(model, history, source);
  } catch (error) {
    if (isCurrent()) store.setState({ error: messageOf(error) });
  }
}
