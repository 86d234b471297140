/** The messages of an object (group or dataset), which say everything about it. Versions 1 and 2. */
import type { Cursor, Metadata } from './metadata';

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  /** The message is elsewhere, and this is where. */
  readonly isShared: boolean;
  readonly body: Cursor;
}

const SHARED = 2;
/** A dataset of a model has a dozen; a group has one for each of its members, before they go into a heap. */
const MAX_MESSAGES = 100_000;

/** Reads all messages of the object whose header is at `address`. */
export async function readObjectHeader(metadata: Metadata, address: number): Promise<Message[]> {
  const available = Math.min(6, metadata.source.byteLength - address);
  const start = await metadata.read(address, available, 'The header of an object');
  const isVersion2 = String.fromCharCode(...start.bytes.subarray(0, 4)) === 'OHDR';
  const { block, read } = isVersion2
    ? await startVersion2(metadata, address)
    : await startVersion1(metadata, address);
  const messages: Message[] = [];
  const blocks: Cursor[] = [block];
  for (let next = blocks.shift(); next; next = blocks.shift()) {
    for (const message of read(next)) {
      if (message.type === MESSAGE.continuation) {
        const offset = message.body.offset() ?? Number.NaN;
        const block = await metadata.read(offset, message.body.length(), 'The rest of a header');
        // A version 2 block is framed by a signature and a checksum.
        blocks.push(isVersion2 ? block.expect('OCHK').take(block.left - 4) : block);
      } else messages.push(message);
      if (messages.length > MAX_MESSAGES) throw message.body.damaged('An object has too many messages');
    }
  }
  return messages;
}

interface Start {
  readonly block: Cursor;
  read(block: Cursor): Generator<Message>;
}

async function startVersion1(metadata: Metadata, address: number): Promise<Start> {
  const prefix = await metadata.read(address, 16, 'The header of an object');
  const version = prefix.uint(1);
  if (version !== 1) throw prefix.damaged(`An object has a header of version ${version}, which is not known`);
  let left = prefix.skip(1).uint(2);
  const byteLength = prefix.skip(4).uint(4);
  return {
    block: await metadata.read(address + 16, byteLength, 'The header of an object'),
    *read(block) {
      for (; left > 0 && block.left >= 8; left--) {
        const type = block.uint(2);
        const size = block.uint(2);
        const flags = block.uint(1);
        yield { type, isShared: (flags & SHARED) !== 0, body: block.skip(3).take(size) };
      }
    },
  };
}

async function startVersion2(metadata: Metadata, address: number): Promise<Start> {
  const start = await metadata.read(address, 6, 'The header of an object');
  const flags = start.skip(5).uint(1);
  // Times, then bounds on how attributes are stored, may come before the size.
  const before = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const prefix = await metadata.read(address, before + sizeBytes, 'The header of an object');
  const byteLength = prefix.skip(before).uint(sizeBytes);
  const hasOrder = (flags & 4) !== 0;
  const headBytes = hasOrder ? 6 : 4;
  return {
    block: await metadata.read(address + before + sizeBytes, byteLength, 'The header of an object'),
    *read(block) {
      // What is left at the end is a gap.
      while (block.left >= headBytes) {
        const type = block.uint(1);
        const size = block.uint(2);
        const messageFlags = block.uint(1);
        if (hasOrder) block.skip(2);
        yield { type, isShared: (messageFlags & SHARED) !== 0, body: block.take(size) };
      }
    },
  };
}
