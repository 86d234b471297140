/** Global heaps: where texts of any length are kept. Each collection is read once. */
import type { Cursor, Metadata } from './metadata';

export class GlobalHeaps {
  readonly #collections = new Map<number, Promise<Map<number, Cursor>>>();

  constructor(readonly metadata: Metadata) {}

  /** A text as an attribute refers to it: its length, the collection's address, the number within. */
  async text(reference: Cursor): Promise<string> {
    const length = reference.uint(4);
    const address = reference.offset();
    const number = reference.uint(4);
    if (length === 0 || address === undefined || address === 0) return '';
    let collection = this.#collections.get(address);
    if (!collection) {
      collection = readCollection(this.metadata, address);
      this.#collections.set(address, collection);
    }
    const object = (await collection).get(number);
    if (!object || object.left < length) throw reference.damaged('A text is not where it should be');
    // Many attributes may refer to one text.
    this.metadata.charge(length, address);
    return new TextDecoder().decode(object.bytes.subarray(0, length));
  }
}

async function readCollection(metadata: Metadata, address: number): Promise<Map<number, Cursor>> {
  const { lengthBytes } = metadata;
  const head = await metadata.read(address, 8 + lengthBytes, 'A heap of texts');
  const byteLength = head.expect('GCOL').skip(4).length();
  if (byteLength < 8 + lengthBytes) {
    throw head.damaged(`A heap of texts claims ${byteLength} bytes`);
  }
  const body = (await metadata.read(address, byteLength, 'A heap of texts')).skip(8 + lengthBytes);
  const objects = new Map<number, Cursor>();
  while (body.left >= 8 + lengthBytes) {
    const number = body.uint(2);
    const size = body.skip(6).length();
    // Number 0 is the room that is left.
    if (number === 0) break;
    objects.set(number, body.take(size));
    body.skip(Math.min(body.left, (8 - (size % 8)) % 8));
  }
  return objects;
}
