/** Among several files: which is the model, and how it finds the others. */
import type { ByteSource } from './byte-source';

/** What models are called, likeliest first; content then decides what a file is. */
const MODEL_ENDINGS = [
  /\.onnx$/,
  /\.(safetensors|gguf|tflite)$/,
  /\.(keras|h5|hdf5)$/,
  /\.(pt|pth|ckpt|bin|pkl)$/,
  /\.(npz|npy|zip)$/,
];

/** Where in MODEL_ENDINGS a name's ending is; behind the last for names that are not a model's. */
export function modelRank(name: string): number {
  const lower = name.toLowerCase();
  const rank = MODEL_ENDINGS.findIndex((endings) => endings.test(lower));
  return rank < 0 ? MODEL_ENDINGS.length : rank;
}

export const isModelName = (name: string) => modelRank(name) < MODEL_ENDINGS.length;

/** What trainers save beside a model to go on with it. */
const TRAINING_STATE =
  /(^|\/)(optimizer|scheduler|scaler|rng_state|random_states|training_args)(_\d+)?\.\w+$/i;

export const isTrainingState = (name: string) => TRAINING_STATE.test(name);

/** Lower is tried first. */
const preference = (name: string) => modelRank(name) + (isTrainingState(name) ? MODEL_ENDINGS.length : 0);

/** Descriptions that are looked into: folders of language models have a dozen that are something else. */
const MAX_DESCRIPTIONS = 32;
const HEAD_BYTES = 512;

/** A TensorFlow.js model, whose weights lie in files with a model's ending; Keras's configuration beside its weights. */
const TENSORFLOW_JS = /^\s*\{.*"(modelTopology|weightsManifest)"/s;
const KERAS = /^\s*\{.*"class_name"/s;

/** What lies in which shard, of the models that are cut into several files of this ending. */
const INDEX = /\.(safetensors|bin)\.index\.json$/i;
const IS_SHARDED = /\.(safetensors|bin)$/i;

/** The file to open first. Undefined where there is none. */
export async function chooseSource(sources: readonly ByteSource[]): Promise<ByteSource | undefined> {
  const [likeliest] = [...sources].sort((a, b) => preference(a.name) - preference(b.name));
  if (sources.length < 2) return likeliest;
  const indices = sources.filter(({ name }) => INDEX.test(name));
  const ending = IS_SHARDED.exec(likeliest.name)?.[0].toLowerCase();
  const index = indices.find(({ name }) => name.toLowerCase().endsWith(`${ending}.index.json`));
  if (index) return index;
  if (!isModelName(likeliest.name) && indices.length > 0) return indices[0];
  // Beside a model of another format it describes a model of its own.
  const isWeights = modelRank(likeliest.name) >= modelRank('.bin');
  const isHdf5 = /\.(h5|hdf5)$/i.test(likeliest.name);
  const descriptions = sources.filter(({ name }) => /\.json$/i.test(name)).slice(0, MAX_DESCRIPTIONS);
  for (const source of descriptions) {
    const head = await source.read(0, Math.min(HEAD_BYTES, source.byteLength));
    const text = new TextDecoder().decode(head);
    if ((isWeights && TENSORFLOW_JS.test(text)) || (isHdf5 && KERAS.test(text))) return source;
  }
  return likeliest;
}

export type FindFile = (name: string) => ByteSource | undefined;

const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** Finds files by the paths that `source` uses for those beside it; what was dropped has lost its folders. */
export function fileFinder({ name }: ByteSource, sources: readonly ByteSource[]): FindFile {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const byPath = new Map(sources.map((source) => [source.name, source]));
  const byName = new Map(sources.map((source) => [lastPart(source.name), source]));
  return (wanted) => {
    const path = wanted.replace(/^(\.\/)+/, '');
    return byPath.get(folder + path) ?? byPath.get(path) ?? byName.get(lastPart(path));
  };
}
