/** A random network of the zoo's sample, loaded when first asked for. */
import { blobSource, openModel } from '../formats';
import { openFiles } from './actions';
import { store } from './store';
import { messageOf } from './worker-clients';

const ZOO_URL = new URL('zoo/sample.safetensors', document.baseURI);

let zoo: Promise<Blob> | undefined;

async function loadZoo(): Promise<Blob> {
  const response = await fetch(ZOO_URL);
  if (!response.ok) throw new Error(`The zoo could not be loaded (${response.status}).`);
  return await response.blob();
}

export async function openZooNetwork(): Promise<void> {
  store.setState({ opening: { name: 'a network of the zoo' }, error: undefined });
  try {
    zoo ??= loadZoo();
    const blob = await zoo;
    // The zoo is a safetensors file whose tensors are ONNX files.
    const { tensors } = await openModel([blobSource(blob, 'zoo.safetensors')]);
    const networks = [...tensors.values()];
    const { name, storage, elementCount } = networks[Math.floor(Math.random() * networks.length)];
    if (storage.kind !== 'bytes') throw new Error('The zoo is damaged.');
    await openFiles([{ name, blob: blob.slice(storage.offset, storage.offset + elementCount) }]);
    history.replaceState(null, '', location.pathname);
  } catch (error) {
    zoo = undefined;
    store.setState({ opening: undefined, error: messageOf(error) });
  }
}
