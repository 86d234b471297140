/** A network of a zoo: of the zoo's pack, a safetensors file whose tensors are ONNX files, only its own bytes are loaded. */
import { type ByteSource, openModel, storedBytes } from '../formats';
import { showGraph } from './address';
import { openLoaded } from './opening';
import { remoteSource } from './remote-source';
import type { SharedState } from './share/share-link';
import { zooNames } from './zoo-names';

const FOLDER = new URL('zoo/', document.baseURI);

export interface ZooNetworkName {
  readonly zoo: string;
  readonly name: string;
}

const packs = new Map<string, Promise<ByteSource>>();

function packOf(zoo: string): Promise<ByteSource> {
  const known = packs.get(zoo);
  if (known) return known;
  const pack = remoteSource(new URL(`${encodeURIComponent(zoo)}.safetensors`, FOLDER));
  packs.set(zoo, pack);
  pack.catch(() => packs.delete(zoo)); // to be tried again
  return pack;
}

/** Opens the network of that name in that zoo, with what a link wants shown of it. Resolves to whether it was opened. */
export async function openZooNetwork(zoo: string, name: string, shared?: SharedState): Promise<boolean> {
  return await open(name, async () => ({ zoo, name }), shared);
}

/** Opens any network of any zoo. */
export async function openRandomNetwork(): Promise<void> {
  await open('a network of the zoo', randomNetwork);
}

/** Any network of any zoo. */
export async function randomNetwork(): Promise<ZooNetworkName> {
  const zoo = pick(await zooNames()).id;
  // As trained: what edits do to a network is seen under What if.
  return { zoo, name: pick((await networksOf(zoo)).filter((name) => !name.startsWith('edited'))) };
}

/** Names of all networks whose files come with a zoo. */
export async function networksOf(zoo: string): Promise<string[]> {
  return [...(await openModel([await packOf(zoo)])).tensors.keys()];
}

/** The file of a network of a zoo. */
export async function networkFile({ zoo, name }: ZooNetworkName): Promise<Blob> {
  const network = (await openModel([await packOf(zoo)])).tensors.get(name);
  if (!network) throw new Error(`The zoo holds no file of ${name}.`);
  return new Blob([await storedBytes(network)]);
}

const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)];

async function open(
  title: string,
  choose: () => Promise<ZooNetworkName>,
  shared?: SharedState,
): Promise<boolean> {
  showGraph();
  return await openLoaded(title, async () => {
    const network = await choose();
    const blob = await networkFile(network);
    return {
      files: [{ name: network.name, blob }],
      origin: { ...shared, source: { kind: 'zoo', ...network } },
    };
  });
}
