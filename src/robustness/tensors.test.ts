/** Formats that hold tensors, and archives of files: damaged ones end in a graph, or in one clear sentence. */
import { expect, it } from 'vitest';
import { type ByteSource, readTensor } from '../formats';
import { type Hdf5Object, openHdf5 } from '../formats/hdf5';
import { makeZip } from '../formats/zip/testing';
import { readImages } from '../images';
import { mutateSafetensors } from './mutate-json';
import { mutatePickle } from './mutate-pickle';
import { archiveMutantsOf, fixtures, mutantsOf } from './samples';
import { type MakeMutant, openToGraph, surviveMutants } from './survive';

const MAX_OBJECTS = 300;

/** Everything in an HDF5 file, also in one that holds no model: every object, every dataset's values. */
async function readHdf5([source]: readonly ByteSource[]): Promise<void> {
  const file = await openHdf5(source);
  const waiting: Hdf5Object[] = [file.root];
  for (let objects = 0; objects < MAX_OBJECTS; objects++) {
    const object = waiting.pop();
    if (!object) return;
    const { dataset, path } = object;
    if (dataset?.kind === 'readable' && dataset.elementCount < 2 ** 15) {
      const values = await readTensor({ name: path, ...dataset });
      expect(values.length).toBe(dataset.elementCount);
    }
    for (const name of object.links.keys()) {
      const child = waiting.length < MAX_OBJECTS ? await file.open(object, name) : undefined;
      if (child) waiting.push(child);
    }
  }
}

async function readLabelled([source]: readonly ByteSource[]): Promise<void> {
  await readImages(source);
}

/** Models of several formats, each in an archive, as people send them. */
function packed() {
  const files = [
    ...fixtures('onnx', /^(mlp|conv-norm)\.new\.onnx$/),
    ...fixtures('numpy', /^mlp\.npz$/),
    ...fixtures('gguf', /^version-2\.gguf$/),
    ...fixtures('pytorch', /^state-dict\.pth$/),
    ...fixtures('state-dicts', /^(sequential-mlp|lenet)\.safetensors$/),
  ];
  return archiveMutantsOf(
    files.map(({ name, bytes }) => ({
      name: `${name}.zip`,
      bytes: makeZip([
        { name: `model/${name}`, content: bytes, isDeflated: true },
        { name: 'model/config.json', content: new TextEncoder().encode('{"num_attention_heads": 2}') },
      ]),
    })),
  );
}

const IS_STREAM = /\.legacy\.pth$|\.pkl$/;
const IS_TORCHSCRIPT = /^(torchscript|frozen)\.pt$/;
const IS_ARCHIVE = /^(?!.*\.legacy)(hostile\/)?[\w-]+(\.protocol-4)?\.pth$/;

/** Name, mutants per run of the suite, their maker, what is done with each. */
const FORMATS: readonly [string, number, () => MakeMutant | Promise<MakeMutant>, typeof openToGraph][] = [
  [
    'safetensors',
    4_000,
    () => mutantsOf(fixtures('state-dicts', /\.safetensors$/, 25_000), mutateSafetensors, 3000),
    openToGraph,
  ],
  ['PyTorch archive', 16_000, () => archiveMutantsOf(fixtures('pytorch', IS_ARCHIVE)), openToGraph],
  ['PyTorch stream', 20_000, () => mutantsOf(fixtures('pytorch', IS_STREAM), mutatePickle), openToGraph],
  ['TorchScript', 10_000, () => archiveMutantsOf(fixtures('pytorch', IS_TORCHSCRIPT)), openToGraph],
  ['HDF5', 5_000, () => mutantsOf(fixtures('hdf5', /\.h5\.gz$/)), readHdf5],
  ['NumPy', 22_000, () => mutantsOf(fixtures('numpy', /\.np[yz]$/)), openToGraph],
  ['GGUF', 3_000, () => mutantsOf(fixtures('gguf', /\.gguf$/), undefined, 2000), openToGraph],
  ['archives of models', 6_000, packed, openToGraph],
  [
    'labelled images',
    2_000,
    () => mutantsOf(fixtures('images', /^(cifar100\.bin|python[23]\.pickle|.*-.*\.npz)$/)),
    readLabelled,
  ],
];

it.each(FORMATS)('%s: survives %i mutants', { timeout: 0 }, async (name, count, make, use) => {
  const arrived = await surviveMutants(name, count, await make(), use);
  // A reader that refuses everything would survive, too.
  expect(arrived).toBeGreaterThan(0.02);
});
