/**
 * HDF5, as far as model files need it: groups, datasets of numbers, attributes that are texts. Objects are read one at a time,
 * when they are asked for; nothing is read of the values.
 */
import type { ByteSource } from '../byte-source';
import { type Attributes, readAttributes } from './attributes';
import { type Dataset, readDataset } from './dataset';
import { GlobalHeaps } from './global-heap';
import { readLinks } from './links';
import { Metadata } from './metadata';
import { readObjectHeader } from './object-header';
import { readSuperblock } from './superblock';

export type { Attributes } from './attributes';
export type { Dataset } from './dataset';

export interface Hdf5Object {
  /** From the root: "layers/dense/vars". Empty for the root. */
  readonly path: string;
  readonly address: number;
  readonly attributes: Attributes;
  /** Addresses of a group's members, in the order in which they were made as far as the file tells. */
  readonly links: ReadonlyMap<string, number>;
  /** Undefined for a group. */
  readonly dataset: Dataset | undefined;
}

export interface Hdf5File {
  readonly root: Hdf5Object;
  /** A member of a group; undefined if it has no such member. */
  open(group: Hdf5Object, name: string): Promise<Hdf5Object | undefined>;
}

/** Opens an HDF5 file. Throws FormatError. */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  const metadata = new Metadata(source);
  const texts = new GlobalHeaps(metadata);
  async function readObject(path: string, address: number): Promise<Hdf5Object> {
    const messages = await readObjectHeader(metadata, address);
    const dataset = readDataset(messages, metadata, path);
    return {
      path,
      address,
      attributes: await readAttributes(messages, metadata, texts),
      links: dataset ? new Map() : await readLinks(messages, metadata),
      dataset,
    };
  }
  return {
    root: await readObject('', await readSuperblock(metadata)),
    async open(group, name) {
      const address = group.links.get(name);
      if (address === undefined) return undefined;
      return await readObject(group.path === '' ? name : `${group.path}/${name}`, address);
    },
  };
}
