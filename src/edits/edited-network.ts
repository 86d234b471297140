/**
 * A network and the edits made to it. Tensors that no edit has touched stay in the file; of each edit what its tensors were
 * before is kept for undoing it, up to a limit in bytes. Beyond it the edits before are made again, from the file.
 */
import { readTensor, type StoredTensor } from '../formats';
import { applyEdit, type Companions, NO_COMPANIONS } from './apply-edit';
import type { Subject } from './draft';
import type { Edit } from './edit';

/** Elements of a tensor before an edit; undefined where they were those of the file. */
type Before = ReadonlyMap<string, Float32Array | undefined>;

interface Step {
  readonly edit: Edit;
  /** Dropped from the oldest step on where all together are too large. */
  before: Before | undefined;
}

/** What is kept for undoing, in bytes. */
const BEFORE_BYTES = 256 * 2 ** 20;

const layerOf = (edit: Edit) => ('layer' in edit ? edit.layer : undefined);

export class EditedNetwork implements Subject {
  readonly #done: Step[] = [];
  readonly #undone: Edit[] = [];
  readonly #elements = new Map<string, Float32Array>();
  /** Ends with the change that was asked for last: each begins when the one before has ended, well or badly. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `original`: the network of the file. */
  constructor(
    readonly original: Omit<Subject, 'read'> & { read?: Subject['read'] },
    readonly companions: Companions = NO_COMPANIONS,
    readonly beforeBytes = BEFORE_BYTES,
  ) {}

  get fileName() {
    return this.original.fileName;
  }

  get network() {
    return this.original.network;
  }

  get graph() {
    return this.original.graph;
  }

  /** Elements of a tensor as they are now, [elementCount]; not to be written to. */
  async read(tensor: StoredTensor): Promise<Float32Array> {
    const { read = readTensor } = this.original;
    return this.#elements.get(tensor.name) ?? (await read(tensor));
  }

  /** Those tensors that are no longer as in the file. */
  get elements(): ReadonlyMap<string, Float32Array> {
    return this.#elements;
  }

  /** Edits that were made, first to last. */
  get edits(): readonly Edit[] {
    return this.#done.map(({ edit }) => edit);
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Makes an edit and returns the names of the tensors that it changed. If it fails, all stays as it was. */
  apply(edit: Edit): Promise<ReadonlySet<string>> {
    return this.#inTurn(async () => {
      const names = await this.#make(edit);
      this.#undone.length = 0;
      return names;
    });
  }

  /**
   * Makes an edit in the place of the last one if that was of the same kind, on the same layer, and beside it otherwise: what a
   * slider does. If it fails, all stays as it was.
   */
  adjust(edit: Edit): Promise<ReadonlySet<string>> {
    return this.#inTurn(async () => {
      const isSame = this.#isLast({ kind: edit.kind, layer: layerOf(edit) });
      const before = isSame ? await this.#undo() : new Set<string>();
      try {
        const after = await this.#make(edit);
        this.#undone.length = 0;
        return new Set([...before, ...after]);
      } catch (error) {
        if (isSame) await this.#redo();
        throw error;
      }
    });
  }

  /** Takes the last edit back if it was of this kind, on this layer: what a slider does that comes back to where it was. */
  withdraw(edit: Pick<Edit, 'kind'> & { readonly layer?: number }): Promise<ReadonlySet<string>> {
    return this.#inTurn(async () => (this.#isLast(edit) ? await this.#undo() : new Set()));
  }

  #isLast({ kind, ...rest }: Pick<Edit, 'kind'> & { readonly layer?: number }): boolean {
    const last = this.#done.at(-1)?.edit;
    return last?.kind === kind && layerOf(last) === rest.layer;
  }

  async #make(edit: Edit): Promise<ReadonlySet<string>> {
    const after = await applyEdit(this, edit, this.companions);
    const before = new Map([...after.keys()].map((name) => [name, this.#elements.get(name)] as const));
    for (const [name, elements] of after) this.#elements.set(name, elements);
    this.#done.push({ edit, before });
    this.#forget();
    return new Set(after.keys());
  }

  #forget(): void {
    let bytes = 0;
    for (const step of [...this.#done].reverse()) {
      for (const elements of step.before?.values() ?? []) bytes += elements?.byteLength ?? 0;
      if (bytes > this.beforeBytes) step.before = undefined;
    }
  }

  /** Takes the last edit back and returns the names of the tensors that changed; nothing where there is none. */
  undo(): Promise<ReadonlySet<string>> {
    return this.#inTurn(() => this.#undo());
  }

  async #undo(): Promise<ReadonlySet<string>> {
    const last = this.#done.pop();
    if (!last) return new Set();
    this.#undone.push(last.edit);
    if (last.before) {
      this.#restore(last.before);
      return new Set(last.before.keys());
    }
    const edits = this.edits;
    const touched = new Set(this.#elements.keys());
    this.#done.length = 0;
    this.#elements.clear();
    for (const edit of edits) await this.#make(edit);
    return touched;
  }

  #restore(before: Before): void {
    for (const [name, elements] of before) {
      if (elements) this.#elements.set(name, elements);
      else this.#elements.delete(name);
    }
  }

  /** Makes the edit again that was taken back last. */
  redo(): Promise<ReadonlySet<string>> {
    return this.#inTurn(() => this.#redo());
  }

  async #redo(): Promise<ReadonlySet<string>> {
    const edit = this.#undone.at(-1);
    if (!edit) return new Set();
    const names = await this.#make(edit);
    this.#undone.pop();
    return names;
  }
}
