/**
 * What a file does not say and a person can correct: what was taken for it, what else it may be, and what the person says
 * instead. Corrections come from outside and are believed only as far as they fit.
 */
import type { Choice, Corrections, CorrectionValue } from '../network';

/** A correction that does not fit; the message is a sentence without its full stop. */
export class CorrectionError extends Error {}

/** Of a correction, so much is repeated to the person. */
const MAX_SHOWN = 80;
const shown = (value: unknown) => JSON.stringify(value)?.slice(0, MAX_SHOWN) ?? String(value);

type Option = Extract<Choice, { kind: 'choice' }>['options'][number];

export class Choices {
  readonly #corrections: ReadonlyMap<string, CorrectionValue>;
  readonly #all = new Map<string, Choice>();

  constructor(corrections: Corrections = {}) {
    this.#corrections = new Map(Object.entries(corrections));
  }

  /** All that were made so far. */
  get all(): Choice[] {
    return [...this.#all.values()];
  }

  /** True if a person has said what this is. */
  isCorrected(key: string): boolean {
    return this.#corrections.has(key);
  }

  #valueOf(key: string, usual: CorrectionValue): CorrectionValue {
    return this.#corrections.has(key) ? (this.#corrections.get(key) as CorrectionValue) : usual;
  }

  /** One of several. Throws CorrectionError where the correction is none of them. */
  option(key: string, label: string, usual: string, options: readonly Option[]): string {
    const value = this.#valueOf(key, usual);
    const found = options.find((option) => option.value === value);
    if (!found) throw misfit(key, value, `is none of ${options.map((option) => option.value).join(', ')}`);
    this.#all.set(key, { kind: 'choice', key, label, value: found.value, options });
    return found.value;
  }

  /** One of the numbers that fit. Throws CorrectionError where the correction is none of them. */
  count(key: string, label: string, usual: number, options: readonly number[]): number {
    const value = this.#valueOf(key, usual);
    const found = options.find((option) => option === value);
    if (found === undefined) throw misfit(key, value, `is none of ${options.join(', ')}`);
    this.#all.set(key, { kind: 'count', key, label, value: found, options });
    return found;
  }

  /** All items in some order; undefined where nobody has corrected it. Throws CorrectionError where they are not the same items. */
  correctedOrder(key: string, items: readonly string[]): readonly string[] | undefined {
    if (!this.isCorrected(key)) return undefined;
    const value = this.#valueOf(key, []);
    const isSame =
      Array.isArray(value) && value.length === items.length && new Set(value).size === items.length;
    if (!isSame || !items.every((item) => value.includes(item)))
      throw misfit(key, value, `does not list each of ${items.length} layers once`);
    return value;
  }

  /** Makes an order known that was taken, or corrected. */
  addOrder(key: string, label: string, value: readonly string[], options: readonly string[]): void {
    this.#all.set(key, { kind: 'order', key, label, value, options });
  }

  /** Throws CorrectionError where something was corrected that nothing asked for. */
  checkAllUsed(): void {
    for (const [key, value] of this.#corrections) {
      if (!this.#all.has(key)) throw misfit(key, value, 'belongs to nothing that was inferred here');
    }
  }
}

function misfit(key: string, value: CorrectionValue, reason: string): CorrectionError {
  return new CorrectionError(`The correction of "${key.slice(0, MAX_SHOWN)}", ${shown(value)}, ${reason}`);
}
