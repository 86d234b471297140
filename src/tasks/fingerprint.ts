/** 64-bit fingerprints: what is equal has equal ones, what differs practically never. */
import type { StoredTensor } from '../formats';

const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** One step of two independent multiplicative hashes over 32-bit words; `state` has two entries from `at` on. */
export function mixWord(state: Uint32Array, at: number, word: number): void {
  const first = Math.imul(state[at] ^ word, 0x9e3779b1);
  state[at] = first ^ (first >>> 15);
  const second = Math.imul(state[at + 1] ^ word, 0x85ebca6b);
  state[at + 1] = second ^ (second >>> 13);
}

/** As `mixWord`, of a number's bits; the two zeros count as the same. */
export function mixNumber(state: Uint32Array, at: number, value: number): void {
  scratch[0] = value === 0 ? 0 : value;
  mixWord(state, at, bits[0]);
}

const inWords = (state: Uint32Array) => `${state[0].toString(16)}-${state[1].toString(16)}`;

/** Of a run of numbers, bit by bit. */
export function fingerprint(values: Float32Array): string {
  const state = Uint32Array.of(1, 2);
  for (const value of values) mixNumber(state, 0, value);
  return inWords(state);
}

/** Of the names and shapes of tensors, in their order. */
export function structureOf(tensors: Iterable<StoredTensor>): string {
  const state = Uint32Array.of(1, 2);
  for (const { name, shape } of tensors) {
    for (let at = 0; at < name.length; at++) mixWord(state, 0, name.charCodeAt(at));
    for (const size of [shape.length, ...shape]) mixWord(state, 0, size);
  }
  return inWords(state);
}
