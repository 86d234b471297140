/**
 * Keeps the list of what a pickle would import and call if Python loaded it, while it is being read here without either.
 * The list holds also when the reading ends in an error: Python would have made the calls up to there.
 */
import { FormatError } from '../format-error';
import type { PythonImport } from '../model-file';
import { formatCall } from './format-value';
import { riskOf } from './risk';
import {
  globalName,
  isGlobal,
  isLeftInFile,
  isPersistentId,
  type PickledGlobal,
  type PickleValue,
} from './values';

/** Longer names are cut where they are shown. */
const MAX_NAME = 200;
/** A whole pickled model names some hundred classes. */
const MAX_IMPORTS = 10_000;

type Entry = { -readonly [Key in keyof PythonImport]: PythonImport[Key] };

export class ImportList {
  readonly #entries = new Map<string, Entry>();

  /** In the order in which Python would come upon them. */
  get all(): readonly PythonImport[] {
    return [...this.#entries.values()];
  }

  imported(global: PickledGlobal): void {
    this.#entry(globalName(global), () => riskOf(global));
  }

  called(callee: PickleValue, callArguments: readonly PickleValue[]): void {
    // The class of a module, given by reference: it was imported before.
    if (isPersistentId(callee)) return;
    const entry = isGlobal(callee)
      ? this.#entry(globalName(callee), () => riskOf(callee))
      : // A function that is the result of another call can be any function.
        this.#entry(formatCall(callee, undefined), () => 'dangerous');
    entry.call ??= formatCall(callee, callArguments);
  }

  /** Attributes are set on something that was imported, so that it no longer is what its name says. */
  changed(global: PickledGlobal): void {
    const entry = this.#entry(globalName(global), () => 'dangerous');
    entry.risk = 'dangerous';
  }

  /** A name that is not written in the pickle but comes out of what it would call. */
  computedName(module: PickleValue, name: PickleValue): PickledGlobal {
    const text = (value: PickleValue) =>
      typeof value === 'string' ? value : isLeftInFile(value) ? '…' : formatCall(value, undefined);
    const global: PickledGlobal = { kind: 'global', module: text(module), name: text(name) };
    this.changed(global);
    return global;
  }

  #entry(name: string, risk: () => PythonImport['risk']): Entry {
    const known = this.#entries.get(name);
    if (known) return known;
    if (this.#entries.size >= MAX_IMPORTS) {
      throw new FormatError(
        `The pickle imports more than ${MAX_IMPORTS} different things, as no model does`,
        'its list of imports',
        'Do not load it in Python.',
      );
    }
    const entry: Entry = { name: name.slice(0, MAX_NAME), risk: risk() };
    this.#entries.set(name, entry);
    return entry;
  }
}

/** The dangerous ones, in one sentence; empty where there are none. */
function dangerSentence(imports: readonly PythonImport[]): string {
  const dangerous = imports.filter(({ risk }) => risk === 'dangerous');
  if (dangerous.length === 0) return '';
  const first = dangerous.find(({ call }) => call) ?? dangerous[0];
  const more = dangerous.length > 1 ? ` and ${dangerous.length - 1} more` : '';
  return `Loading this file in Python could run code: it ${first.call ? 'calls' : 'imports'} ${first.call ?? first.name}${more}. Nothing was run here.`;
}

/** Passes an error on with the danger told, where there is one: a broken pickle runs up to where it is broken. */
export function withDanger(error: unknown, imports: ImportList): unknown {
  const danger = dangerSentence(imports.all);
  if (!(error instanceof FormatError) || danger === '') return error;
  return new FormatError(error.what, error.where, `${danger} ${error.advice}`);
}
