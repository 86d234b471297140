/** Tensors of a file, decoded when they are asked for; the last ones used are kept. */
import { readTensor, type StoredTensor } from '../formats';

/** Decoded tensors that are kept for the next question. */
const CACHE_BYTES = 64 * 2 ** 20;

export class TensorCache {
  readonly #entries = new Map<StoredTensor, Float32Array>();
  #bytes = 0;

  async read(tensor: StoredTensor): Promise<Float32Array> {
    const known = this.#entries.get(tensor);
    if (known) {
      this.#entries.delete(tensor);
      this.#entries.set(tensor, known); // most recently used last
      return known;
    }
    const values = await readTensor(tensor);
    this.#entries.set(tensor, values);
    this.#bytes += values.byteLength;
    for (const [oldest, old] of this.#entries) {
      if (this.#bytes <= CACHE_BYTES || oldest === tensor) break;
      this.#entries.delete(oldest);
      this.#bytes -= old.byteLength;
    }
    return values;
  }
}
