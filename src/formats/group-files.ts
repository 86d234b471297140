/**
 * Many files to models: which of them belong together. Told by their names alone, folder by folder, so that thousands of
 * files can be sorted without reading one.
 */
import { isModelName } from './choose-source';

export interface FileGroup<File> {
  /** What the model is called after. */
  readonly main: File;
  /** Files that the model may need: external data, shards, its configuration. */
  readonly companions: readonly File[];
}

/** "model-00001-of-00003.safetensors" and "model.safetensors.index.json" are both of "model.safetensors". */
const SHARD = /^(.*)-\d{5}-of-\d{5}(\.\w+)$/;
const INDEX = /^(.*)\.index\.json$/;
/** TensorFlow.js cuts the weights that "model.json" describes into these. */
const TENSORFLOW_JS_SHARD = /shard-?\d+of\d+(\.bin)?$/;
/** Exporters call the external data of "net.onnx" "net.onnx.data" or "net.onnx_data". */
const EXTERNAL_DATA = /^(.*\.onnx)[._][^/]+$/i;
const DESCRIPTION = /\.json$/i;
/** Lies beside models and is none. */
const DOCUMENT = /\.(txt|md|rst|pdf|csv|tsv|ya?ml|toml|log|py|ipynb|png|jpe?g|gif|svg|html)$/i;

const isHidden = (path: string) => path.split('/').some((part) => part.startsWith('.'));
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

/**
 * Models among files, in the order of their first files. A file of an unknown name is taken for a model, and its reader
 * says if it is none; documents, and descriptions beside a model, are not.
 */
export function groupFiles<File>(files: readonly File[], pathOf: (file: File) => string): FileGroup<File>[] {
  const folders = new Map<string, Map<string, File>>();
  for (const file of files) {
    const path = pathOf(file);
    if (isHidden(path)) continue;
    const folder = folderOf(path);
    const named = folders.get(folder) ?? new Map<string, File>();
    folders.set(folder, named.set(path.slice(folder.length), file));
  }
  return [...folders.values()].flatMap(groupFolder);
}

function groupFolder<File>(files: ReadonlyMap<string, File>): FileGroup<File>[] {
  const names = [...files.keys()];
  const describesShards = names.find((name) => name.toLowerCase() === 'model.json');
  const ownerOf = (name: string): string => {
    const external = EXTERNAL_DATA.exec(name)?.[1];
    if (external !== undefined && files.has(external)) return external;
    if (describesShards && TENSORFLOW_JS_SHARD.test(name)) return describesShards;
    const shard = SHARD.exec(name);
    return shard ? shard[1] + shard[2] : (INDEX.exec(name)?.[1] ?? name);
  };
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const owner = ownerOf(name);
    groups.set(owner, [...(groups.get(owner) ?? []), name]);
  }
  const isModel = (members: readonly string[]) =>
    members.some(isModelName) || (members.length > 1 && members.some((name) => DESCRIPTION.test(name)));
  const models = [...groups].filter(([, members]) => isModel(members));
  const others = [...groups].filter(
    ([, members]) => !isModel(members) && !DOCUMENT.test(members[0]) && !DESCRIPTION.test(members[0]),
  );
  const descriptions = names.filter((name) => DESCRIPTION.test(name));
  // Without a model beside it, a description may be all that there is: its reader says what is missing.
  const isAlone = models.length + others.length === 0;
  const alone = isAlone ? descriptions.map((name) => [name, [name]] as const) : [];
  const file = (name: string) => files.get(name) as File;
  return [...models, ...others, ...alone].map(([owner, members]) => {
    const main = members.includes(owner) ? owner : (members.find(isModelName) ?? members[0]);
    const beside = isModel(members) ? descriptions.filter((name) => !members.includes(name)) : [];
    const rest = members.filter((name) => name !== main);
    return { main: file(main), companions: [...rest, ...beside].map(file) };
  });
}
