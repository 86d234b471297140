/** A network of the zoo's sample, which is loaded when first asked for. */
import { blobSource, openModel } from '../formats';
import { openFiles } from './actions';
import { closeZoo, nameGraph } from './address';
import { store } from './store';
import { messageOf } from './worker-clients';

const ZOO_URL = new URL('zoo/sample.safetensors', document.baseURI);

let zoo: Promise<Blob> | undefined;

async function loadZoo(): Promise<Blob> {
  const response = await fetch(ZOO_URL);
  if (!response.ok) throw new Error(`The zoo could not be loaded (${response.status}).`);
  return await response.blob();
}

/** Opens the network of that name, or a random one. */
export async function openZooNetwork(wanted?: string): Promise<void> {
  closeZoo();
  store.setState({ opening: { name: wanted ?? 'a network of the zoo' }, error: undefined });
  try {
    zoo ??= loadZoo();
    const blob = await zoo;
    // The zoo is a safetensors file whose tensors are ONNX files.
    const { tensors } = await openModel([blobSource(blob, 'zoo.safetensors')]);
    const networks = [...tensors.values()];
    const random = networks[Math.floor(Math.random() * networks.length)];
    const network = wanted === undefined ? random : tensors.get(wanted);
    if (network?.storage.kind !== 'bytes') throw new Error(`The zoo holds no file of ${wanted}.`);
    const { name, storage, elementCount } = network;
    await openFiles([{ name, blob: blob.slice(storage.offset, storage.offset + elementCount) }]);
    nameGraph('');
  } catch (error) {
    zoo = undefined;
    store.setState({ opening: undefined, error: messageOf(error) });
  }
}
