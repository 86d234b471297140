/** What a file's own metadata say of its accuracy (networks of the zoo do). */
import type { ModelFile } from '../formats';

export interface KnownAccuracy {
  /** A share of 1. */
  readonly accuracy: number;
  readonly dataset: string;
}

export function knownAccuracy(file: ModelFile): KnownAccuracy | undefined {
  try {
    const known = JSON.parse(file.metadata.get('metanet') ?? 'null') as Record<string, unknown> | null;
    const [accuracy, dataset] = [known?.testAccuracy, known?.dataset];
    if (typeof accuracy !== 'number' || typeof dataset !== 'string') return undefined;
    return accuracy >= 0 && accuracy <= 1 ? { accuracy, dataset } : undefined;
  } catch {
    return undefined; // somebody else's metadata under our name
  }
}
