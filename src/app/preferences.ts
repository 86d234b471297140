/** What a person has chosen for this browser: kept from visit to visit, where the browser allows it. */
import type { EngineChoice } from '../workers/predictors';

export interface Preferences {
  readonly theme: 'light' | 'dark';
  readonly engine: EngineChoice;
  /** Bytes that the metanet's edge states may take. */
  readonly budgetBytes: number;
  /** The tour has been offered, or taken. */
  readonly isTourKnown: boolean;
}

export const BUDGETS_MIB = [128, 256, 512, 1024, 2048] as const;

const KEY = 'metanet-playground';
const THEMES: readonly string[] = ['light', 'dark'];
const ENGINES: readonly EngineChoice[] = ['auto', 'gpu', 'cpu'];

const isEngine = (value: unknown): value is EngineChoice => ENGINES.some((engine) => engine === value);

function stored(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // no storage, or something else under this name: the defaults hold
  }
}

/** The address may name an engine: ?engine=cpu. */
export function readPreferences(): Preferences {
  const { theme, engine, budgetMiB, isTourKnown } = stored();
  const named = new URLSearchParams(location.search).get('engine');
  const prefersLight = matchMedia('(prefers-color-scheme: light)').matches;
  return {
    theme:
      typeof theme === 'string' && THEMES.includes(theme)
        ? (theme as Preferences['theme'])
        : prefersLight
          ? 'light'
          : 'dark',
    engine: isEngine(named) ? named : isEngine(engine) ? engine : 'auto',
    budgetBytes: 2 ** 20 * (BUDGETS_MIB.find((size) => size === budgetMiB) ?? 512),
    isTourKnown: isTourKnown === true,
  };
}

export function storePreferences({ theme, engine, budgetBytes, isTourKnown }: Preferences): void {
  const budgetMiB = budgetBytes / 2 ** 20;
  try {
    localStorage.setItem(KEY, JSON.stringify({ theme, engine, budgetMiB, isTourKnown }));
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}
