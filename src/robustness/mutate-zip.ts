/** Damage to an archive that leaves it one: entries left out, doubled, renamed, damaged, deflated, with false claims. */
import { memorySource } from '../formats';
import { readEntry, readZip } from '../formats/zip';
import { makeZip, type TestEntry } from '../formats/zip/testing';
import type { Random } from '../graph';
import { at, type Mutate, mutateBytes, ODD_NAMES, ODD_NUMBERS, oneOf } from './mutate-bytes';
import { mutateJsonBytes } from './mutate-json';
import { mutatePickle } from './mutate-pickle';

/** The entries of a proper archive. */
export async function entriesOf(bytes: Uint8Array): Promise<TestEntry[]> {
  const archive = await readZip(memorySource(bytes, 'archive'));
  const entries: TestEntry[] = [];
  for (const entry of archive.entries.values()) {
    entries.push({ name: entry.name, content: await readEntry(archive, entry) });
  }
  return entries;
}

/** Entries that say what the archive holds are damaged as what they are, and most often. */
const DESCRIPTIONS: readonly [RegExp, Mutate][] = [
  [/\.pkl$/, mutatePickle],
  [/\.json$/, mutateJsonBytes],
];

/** `isWhole`: nothing was done to it before, so that it is what its name says. */
function damaged({ name, content }: TestEntry, isWhole: boolean, random: Random): TestEntry {
  const [, mutate] = DESCRIPTIONS.find(([ending]) => ending.test(name)) ?? [];
  const isProper = mutate && isWhole && random() < 0.7;
  return { name, content: isProper ? mutate(content, random) : mutateBytes(content, content, random) };
}

const CLAIMS = ['byteLength', 'compressedBytes', 'offset', 'method', 'flags'] as const;

/** An archive of `entries`, one or two of them damaged. */
export function mutateEntries(entries: readonly TestEntry[], random: Random): Uint8Array {
  const changed = [...entries];
  for (let changes = 1 + at(2, random); changes > 0; changes--) {
    const index = at(changed.length, random);
    const entry = changed[index];
    const isDescription = ({ name }: TestEntry) => DESCRIPTIONS.some(([ending]) => ending.test(name));
    const description = changed.findIndex(isDescription);
    switch (at(9, random)) {
      case 0:
        if (changed.length > 1) changed.splice(index, 1);
        break;
      case 1:
        changed.splice(index, 0, oneOf(changed, random));
        break;
      case 2:
        changed[index] = { ...entry, name: oneOf([...ODD_NAMES, oneOf(changed, random).name], random) };
        break;
      case 3: {
        const claim = Number(oneOf(ODD_NUMBERS, random) % 2n ** 32n);
        changed[index] = { ...entry, claims: { [oneOf(CLAIMS, random)]: claim } };
        break;
      }
      case 4:
        changed[index] = { ...entry, isDeflated: true };
        break;
      case 5:
        changed[index] = { ...entry, content: oneOf(changed, random).content };
        break;
      default: {
        const chosen = description >= 0 && random() < 0.7 ? description : index;
        changed[chosen] = damaged(changed[chosen], entries.includes(changed[chosen]), random);
      }
    }
  }
  return makeZip(changed, { isZip64: random() < 0.1 });
}
