/**
 * Reads one pickle (protocols 0 to 5) into inert values. This is a stack machine without the two instructions that make
 * Python's dangerous: it imports nothing and calls nothing, it only writes down what would be imported and called.
 */
import type { ByteSource } from '../byte-source';
import { ImportList } from './imports';
import { Machine } from './machine';
import { STOP } from './opcodes';
import { PickleReader } from './pickle-reader';
import type { PickleValue } from './values';

/** A checkpoint of 20,000 tensors has 700,000. Python objects without end would keep the page waiting. */
const MAX_OPCODES = 2_000_000;

/** Bytes that are looked at, not counting those that stay in the file. */
const MAX_PICKLE_BYTES = 128 * 2 ** 20;

/** What the pickles of one file have in common: their imports, and how much work they may cause together. */
export interface PickleSession {
  readonly imports: ImportList;
  opcodesLeft: number;
  bytesLeft: number;
}

export const pickleSession = (): PickleSession => ({
  imports: new ImportList(),
  opcodesLeft: MAX_OPCODES,
  bytesLeft: MAX_PICKLE_BYTES,
});

export interface Pickle {
  readonly value: PickleValue;
  /** What the pickle says lies outside it, in the order in which it is mentioned. */
  readonly persistentIds: readonly PickleValue[];
  /** Where the bytes behind the pickle begin. */
  readonly end: number;
}

/** Reads the pickle that begins at `start`. Throws FormatError. */
export async function unpickle(source: ByteSource, start: number, session: PickleSession): Promise<Pickle> {
  const reader = new PickleReader(source, start, session);
  const machine = new Machine(reader, session.imports);
  for (;;) {
    if (reader.isLow) await reader.fill();
    const opcode = reader.uint8();
    if (opcode === STOP) {
      return { value: machine.pop(), persistentIds: machine.persistentIds, end: reader.position };
    }
    if (session.opcodesLeft-- <= 0) {
      throw reader.excessive(`The pickle has more than ${MAX_OPCODES} instructions, more than any model's`);
    }
    machine.execute(opcode);
  }
}
