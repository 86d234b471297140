/** Tensors that a reader lists and cannot read: those with the same reason make one sentence. */
export class RefusedTensors {
  readonly #names = new Map<string, string[]>();

  /** `reason` goes on after "Tensor … is": "of the type IQ1_M". */
  add(name: string, reason: string): void {
    const names = this.#names.get(reason) ?? [];
    names.push(name);
    this.#names.set(reason, names);
  }

  get names(): ReadonlySet<string> {
    return new Set([...this.#names.values()].flat());
  }

  get warnings(): string[] {
    return [...this.#names].map(([reason, [first, ...others]]) => {
      const more = others.length > 0 ? ` and ${others.length} more tensors are` : ' is';
      return `Tensor "${first}"${more} ${reason} and not read.`;
    });
  }
}
