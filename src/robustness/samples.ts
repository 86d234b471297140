/** What the fuzz tests damage: fixtures of every format, and how each is damaged. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { memorySource } from '../formats';
import type { TestEntry } from '../formats/zip/testing';
import type { Random } from '../graph';
import { type Mutate, mutateBytes, oneOf } from './mutate-bytes';
import { mutateJsonBytes } from './mutate-json';
import { entriesOf, mutateEntries } from './mutate-zip';
import type { MakeMutant } from './survive';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures');

export interface SampleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files of a folder of fixtures whose names fit, unpacked, up to a size: many small mutants find more than few large. */
export function fixtures(folder: string, pattern: RegExp, maxBytes = 40_000): SampleFile[] {
  const files = fs
    .readdirSync(path.join(FIXTURES, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => readSample(path.join(folder, name)))
    .filter(({ bytes }) => bytes.length <= maxBytes);
  if (files.length === 0) throw new Error(`No fixture in ${folder} fits ${pattern}`);
  return files;
}

function readSample(name: string): SampleFile {
  const bytes = new Uint8Array(fs.readFileSync(path.join(FIXTURES, name)));
  const isPacked = name.endsWith('.gz');
  return {
    name: path.basename(name).replace(/\.gz$/, ''),
    bytes: isPacked ? new Uint8Array(zlib.gunzipSync(bytes)) : bytes,
  };
}

/** One of `files` with damaged bytes; where the format's structure is known, half of them are damaged within it. */
export function mutantsOf(files: readonly SampleFile[], structure?: Mutate, headBytes?: number): MakeMutant {
  return (random) => {
    const { name, bytes } = oneOf(files, random);
    const isProper = structure !== undefined && random() < 0.5;
    const mutant = isProper
      ? structure(bytes, random)
      : mutateBytes(bytes, oneOf(files, random).bytes, random, headBytes);
    return [memorySource(mutant, name)];
  };
}

/** One of `files`, which are archives: damaged as bytes, or entry by entry. */
export async function archiveMutantsOf(files: readonly SampleFile[]): Promise<MakeMutant> {
  const archives = new Map<Uint8Array, TestEntry[]>();
  for (const { bytes } of files) archives.set(bytes, await entriesOf(bytes));
  return mutantsOf(files, (bytes, random) => mutateEntries(archives.get(bytes) ?? [], random));
}

/** A description and the files beside it, mostly the description damaged. */
export function describedMutantsOf(models: readonly (readonly SampleFile[])[]): MakeMutant {
  return (random) => {
    const [description, ...others] = oneOf(models, random);
    const damaged = random() < 0.8 ? 0 : 1 + Math.floor(random() * others.length);
    return [description, ...others].map(({ name, bytes }, index) =>
      memorySource(index === damaged ? damagedFile(bytes, index === 0, random) : bytes, name),
    );
  };
}

function damagedFile(bytes: Uint8Array, isDescription: boolean, random: Random): Uint8Array {
  return isDescription && random() < 0.8 ? mutateJsonBytes(bytes, random) : mutateBytes(bytes, bytes, random);
}
