/** Formats that hold a program: damaged files end in a graph, or in one clear sentence. */
import { expect, it } from 'vitest';
import { mutateProtobuf } from './mutate-protobuf';
import { archiveMutantsOf, describedMutantsOf, fixtures, mutantsOf } from './samples';
import { type MakeMutant, surviveMutants } from './survive';

const tensorflowJs = () => {
  const [plain, quantised] = [fixtures('keras', /^tfjs\./), fixtures('keras', /^tfjs-quantised\./)];
  const graph = fixtures('keras', /^graph-model\./);
  const descriptionFirst = (files: typeof plain) =>
    [...files].sort((a, b) => Number(b.name.endsWith('.json')) - Number(a.name.endsWith('.json')));
  return describedMutantsOf([plain, quantised, graph].map(descriptionFirst));
};

/** Name, mutants per run of the suite, their maker. */
const FORMATS: readonly [string, number, () => MakeMutant | Promise<MakeMutant>][] = [
  ['ONNX', 8_000, () => mutantsOf(fixtures('onnx', /\.onnx$/, 10_000), mutateProtobuf)],
  ['TensorFlow Lite', 3_000, () => mutantsOf(fixtures('tflite', /\.tflite$/, 8_000))],
  ['Keras archive', 500, () => archiveMutantsOf(fixtures('keras', /\.keras\.gz$/))],
  ['Keras HDF5', 500, () => mutantsOf(fixtures('keras', /\.h5\.gz$/))],
  ['TensorFlow.js', 1_000, tensorflowJs],
];

it.each(FORMATS)('%s: survives %i mutants', { timeout: 0 }, async (name, count, make) => {
  const arrived = await surviveMutants(name, count, await make());
  // A reader that refuses everything would survive, too.
  expect(arrived).toBeGreaterThan(0.02);
});
