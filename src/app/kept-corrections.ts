/** Corrections of what was inferred, kept in this browser for every file of the same structure. */
import type { Corrections } from '../network';

const KEY = 'metanet-playground corrections';
/** Structures that are remembered; the one that was corrected longest ago is forgotten first. */
const MAX_KEPT = 50;

function kept(): [string, Corrections][] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return []; // no storage, or something else under this name
  }
}

export function keepCorrections(structure: string, corrections: Corrections): void {
  const others = kept().filter(([key]) => key !== structure);
  const isCorrected = Object.keys(corrections).length > 0;
  const entries = isCorrected ? [...others, [structure, corrections]] : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.slice(-MAX_KEPT)));
  } catch {
    // Without storage the correction holds until the page is closed.
  }
}

/** What was corrected the last time that a file of this structure was open. */
export const keptCorrections = (structure: string): Corrections | undefined =>
  kept().find(([key]) => key === structure)?.[1];
