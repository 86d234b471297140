/**
 * Reads NumPy's files as state dicts: .npy (one array, or a pickled dictionary of them) and .npz (a zip of several). What
 * pickles would call in Python is listed; nothing of it is called.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import { type LayerVariables, torchTensors } from '../keras/torch-layout';
import type { ModelFile } from '../model-file';
import {
  isObject,
  type PickleSession,
  type PickleValue,
  pickleSession,
  unpickle,
  withDanger,
} from '../pickle';
import { toModelFile } from '../pytorch/to-model-file';
import { RefusedTensors } from '../refused-tensors';
import { isFloatingPoint, type StoredTensor } from '../tensor';
import { entrySource, type ZipArchive } from '../zip';
import { readArray } from './npy';

/** Opens a .npy file. Throws FormatError. */
export async function readNpy(source: ByteSource): Promise<ModelFile> {
  const name = source.name.replace(/^.*\//, '').replace(/\.npy$/i, '') || 'array';
  const array = await readArray(source, name);
  if (array.kind === 'pickled') return await readPickled(source, array.start);
  if (array.kind === 'unreadable') {
    throw new FormatError(
      `The array is ${array.reason}, which is not read`,
      source.name,
      'Save it as floating-point numbers.',
    );
  }
  return modelOf(source, new Map([[name, array.tensor]]), 'array', []);
}

/** An array of objects: mostly one dictionary of arrays, as numpy.save writes it. */
async function readPickled(source: ByteSource, start: number): Promise<ModelFile> {
  const session = pickleSession();
  try {
    const { value } = await unpickle(source, start, session);
    const findStorage = () => {
      throw new FormatError(
        'A tensor is stored outside the array',
        source.name,
        'Save the arrays themselves.',
      );
    };
    const model = toModelFile({
      source,
      variant: 'pickled objects',
      root: contentsOf(value),
      findStorage,
      session,
    });
    return { ...model, format: 'numpy' };
  } catch (error) {
    throw withDanger(error, session.imports);
  }
}

/** The objects in an array of objects: (version, shape, type, is in Fortran's order, list). One is taken out of its list. */
function contentsOf(value: PickleValue): PickleValue {
  const state = isObject(value) && Array.isArray(value.state) ? value.state[4] : undefined;
  const items = Array.isArray(state) ? state : [value];
  return items.length === 1 ? items[0] : items;
}

/** Opens a .npz archive. Throws FormatError. */
export async function readNpz(archive: ZipArchive): Promise<ModelFile> {
  const { source } = archive;
  const tensors = new Map<string, StoredTensor>();
  const refused = new RefusedTensors();
  const session = pickleSession();
  for (const entry of archive.entries.values()) {
    const name = entry.name.replace(/\.npy$/, '');
    const held = entrySource(archive, entry);
    const array = await readArray(held, name);
    if (array.kind === 'readable') tensors.set(name, array.tensor);
    else if (array.kind === 'unreadable') refused.add(name, array.reason);
    else {
      refused.add(name, 'an array of Python objects, which is not loaded here,');
      await noteImports(held, array.start, session);
    }
  }
  const model = modelOf(source, tensors, 'archive', refused.warnings);
  return session.imports.all.length > 0 ? { ...model, pythonImports: session.imports.all } : model;
}

/** What an array of objects would import in Python. It is of no other use here, so it may be broken. */
async function noteImports(source: ByteSource, start: number, session: PickleSession): Promise<void> {
  try {
    await unpickle(source, start, session);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

function modelOf(
  source: ByteSource,
  stored: ReadonlyMap<string, StoredTensor>,
  variant: string,
  warnings: readonly string[],
): ModelFile {
  const { tensors, isChannelsLast } = asStateDict(stored);
  if (![...tensors.values()].some(({ shape, type }) => shape.length > 1 && isFloatingPoint(type))) {
    throw new FormatError(
      'The file holds no network: none of its arrays is a weight matrix',
      source.name,
      'Open a file with the weights of a network: numpy.savez(path, **weights).',
    );
  }
  return {
    format: 'numpy',
    variant,
    fileName: source.name,
    byteLength: source.byteLength,
    metadata: new Map(),
    tensors,
    isChannelsLast,
    warnings,
  };
}

/** "dense/kernel" is what Keras and Flax say, who keep the inputs of a weight before its outputs. */
const KERNEL = /(^|[./])(depthwise_)?kernel$/;

function asStateDict(stored: ReadonlyMap<string, StoredTensor>): {
  tensors: ReadonlyMap<string, StoredTensor>;
  isChannelsLast?: boolean;
} {
  if (![...stored.keys()].some((name) => KERNEL.test(name))) return { tensors: stored };
  const layers = new Map<string, LayerVariables & { variables: { name: string; tensor: StoredTensor }[] }>();
  for (const [path, tensor] of stored) {
    const parts = path.split(/[./]/);
    const variable = parts.pop() ?? '';
    const name = parts.join('.');
    const layer = layers.get(name) ?? { name, hint: parts.join(' '), variables: [] };
    layer.variables.push({ name: variable, tensor });
    layers.set(name, layer);
  }
  const tensors = [...layers.values()].flatMap((layer) => torchTensors(layer));
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), isChannelsLast: true };
}
