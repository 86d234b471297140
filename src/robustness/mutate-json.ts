/** Damage to a description in JSON that leaves it JSON: values exchanged, removed, repeated, of another kind. */
import type { Random } from '../graph';
import { at, type Mutate, oneOf } from './mutate-bytes';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Holder = { [name: string]: Json };

const ODD: readonly Json[] = [
  null,
  true,
  -1,
  0,
  3,
  2 ** 31,
  1e9,
  1e300,
  0.5,
  '',
  'x',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
];

/** Every place in a description: the object or list, and the key. */
function places(description: Json): [holder: Holder, key: string][] {
  const found: [Holder, string][] = [];
  const waiting: Json[] = [description];
  for (let json = waiting.pop(); json !== undefined; json = waiting.pop()) {
    if (typeof json !== 'object' || json === null) continue;
    for (const key of Object.keys(json)) {
      found.push([json as Holder, key]);
      waiting.push((json as Holder)[key]);
    }
  }
  return found;
}

const copyOf = (json: Json): Json => JSON.parse(JSON.stringify(json));

/** The same description with one to four of its values changed. */
export function mutateJson(text: string, random: Random): string {
  const json = JSON.parse(text) as Json;
  for (let changes = 1 + at(4, random); changes > 0; changes--) {
    const all = places(json);
    if (all.length === 0) break;
    const [[holder, key], [other, otherKey]] = [oneOf(all, random), oneOf(all, random)];
    const copy = copyOf(other[otherKey] ?? null);
    const kind = at(5, random);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[key] = copyOf(oneOf(ODD, random));
    else if (kind === 2) holder[key] = copy;
    else if (Array.isArray(holder)) holder.push(copy);
    else if (kind === 3)
      Object.defineProperty(holder, oneOf(['__proto__', 'x', otherKey], random), own(copy));
  }
  return JSON.stringify(json);
}

/** A key of the object itself, also where it is called __proto__. */
const own = (value: Json) => ({ value, enumerable: true, configurable: true, writable: true });

export const mutateJsonBytes: Mutate = (bytes, random) =>
  new TextEncoder().encode(mutateJson(new TextDecoder().decode(bytes), random));

const LENGTH_BYTES = 8;

/** A safetensors file whose header is disturbed, and its length right again. */
export const mutateSafetensors: Mutate = (bytes, random) => {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const data = bytes.subarray(LENGTH_BYTES + headerLength);
  const header = mutateJsonBytes(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength), random);
  const result = new Uint8Array(LENGTH_BYTES + header.length + data.length);
  new DataView(result.buffer).setUint32(0, header.length, true);
  result.set(header, LENGTH_BYTES);
  result.set(data, LENGTH_BYTES + header.length);
  return result;
};
