import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { readTensor } from '../tensor';
import { readFixtureFile, readFixtureJson } from '../testing';
import { type Hdf5File, type Hdf5Object, openHdf5 } from '.';

interface Expected {
  readonly attributes: Record<string, string[]>;
  readonly unreadable?: boolean;
  readonly type?: string;
  readonly shape?: number[];
  readonly first?: number | null;
  readonly last?: number | null;
  readonly mean?: number | null;
}

/** Written by h5py: training/fixtures/make_hdf5.py. */
const expected = readFixtureJson<Record<string, Record<string, Expected>>>('hdf5/expected.json');

const readFixture = (name: string) => new Uint8Array(zlib.gunzipSync(readFixtureFile(`hdf5/${name}.gz`)));

/** Finds objects by their paths; a group is opened once. */
function finder(file: Hdf5File): (name: string) => Promise<Hdf5Object | undefined> {
  const known = new Map<string, Promise<Hdf5Object | undefined>>([['', Promise.resolve(file.root)]]);
  const find = async (name: string): Promise<Hdf5Object | undefined> => {
    const parts = name.split('/');
    const last = parts.pop() ?? '';
    const parentPath = parts.join('/');
    const parent = known.get(parentPath) ?? find(parentPath);
    known.set(parentPath, parent);
    const group = await parent;
    return group && (await file.open(group, last));
  };
  return async (name) => await (known.get(name) ?? find(name));
}

/** What the newest form of HDF5 has and is not read: an index of chunks whose number may grow; compression that is not gzip. */
const UNREAD = ['growing', 'lzf'];

describe.each(Object.keys(expected))('%s', (name) => {
  it('is read as h5py reads it', async () => {
    const file = await openHdf5(memorySource(readFixture(name), name));
    const find = finder(file);
    for (const [objectPath, wanted] of Object.entries(expected[name])) {
      const object = await find(objectPath);
      if (!object) throw new Error(`${objectPath} is missing`);
      expect(Object.fromEntries(object.attributes), objectPath).toMatchObject(wanted.attributes);
      if (wanted.shape === undefined) {
        expect(object.dataset?.kind, objectPath).toBe(wanted.unreadable ? 'unreadable' : undefined);
        continue;
      }
      const { dataset } = object;
      if (dataset?.kind !== 'readable') {
        expect(UNREAD, `${objectPath}: ${dataset?.reason}`).toContain(objectPath);
        continue;
      }
      expect([dataset.type, dataset.shape], objectPath).toEqual([wanted.type, wanted.shape]);
      const reading = readTensor({ name: objectPath, ...dataset });
      if (objectPath === 'sparse') {
        await expect(reading).rejects.toThrow('Only 1 of 2 chunks were written');
        continue;
      }
      const values = await reading;
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      [values[0], values.at(-1), mean].forEach((value, index) => {
        const known = [wanted.first, wanted.last, wanted.mean][index];
        if (values.length > 0) expect(value, objectPath).toBeCloseTo(known ?? Number.NaN, 4);
      });
    }
  });
});

const open = async (name: string) => await openHdf5(memorySource(readFixture(name), name));

describe('members of a group', () => {
  it.each(['earliest', 'v108', 'latest'])(
    'come in the order in which they were made (%s)',
    async (version) => {
      const file = await open(`many.${version}.h5`);
      const ordered = await file.open(file.root, 'ordered');
      expect([...(ordered?.links.keys() ?? [])]).toEqual(
        Array.from({ length: 20 }, (_, index) => `m${19 - index}`),
      );
    },
  );

  it('are objects of the file itself: links that lead elsewhere are left out', async () => {
    const file = await open('links.h5');
    expect([...file.root.links.keys()].sort()).toEqual(['group', 'hard']);
    const group = await file.open(file.root, 'group');
    expect(group?.links.get('cycle')).toBe(group?.address);
    expect(group?.links.get('data')).toBe(file.root.links.get('hard'));
  });
});

describe('a damaged file', () => {
  it('is refused in one sentence, wherever it is cut', async () => {
    const bytes = readFixture('types.earliest.h5');
    for (let length = 9; length < 2000; length += 61) {
      await expect(openHdf5(memorySource(bytes.subarray(0, length), 'cut.h5'))).rejects.toThrow(FormatError);
    }
  });

  it('cannot keep the reader busy: what describes itself in a circle is refused', async () => {
    const bytes = readFixture('many.earliest.h5');
    const tree = String.fromCharCode(...bytes).indexOf('TREE');
    // A tree of one level whose only child is itself.
    const view = new DataView(bytes.buffer);
    view.setUint8(tree + 5, 1);
    view.setUint16(tree + 6, 1, true);
    view.setBigUint64(tree + 32, BigInt(tree), true);
    await expect(openHdf5(memorySource(bytes, 'circle.h5'))).rejects.toThrow(/B-tree is on a wrong level/);
  });
});
