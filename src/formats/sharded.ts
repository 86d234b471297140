/**
 * Models that are cut into several files ("shards"), as Hugging Face cuts large ones: an index.json says which tensor lies in
 * which file, and the files say in their names how many there are.
 */
import type { ByteSource } from './byte-source';
import type { FindFile } from './choose-source';
import { FormatError } from './format-error';
import { isObject, type Json } from './keras/config';
import type { ModelFile } from './model-file';
import type { StoredTensor } from './tensor';

/** Opens one file by itself. */
export type OpenFile = (source: ByteSource) => Promise<ModelFile>;

/** The largest models have some hundred shards. */
const MAX_SHARDS = 4096;
/** Names of missing files that are listed one by one. */
const MAX_LISTED = 8;

/** "model-00001-of-00003.safetensors". GGUF's and ONNX's files find their own shards. */
const SHARD = /^(.*-)(\d{1,6})(-of-)(\d{1,6})(\.(?:safetensors|bin|pt|pth))$/i;

/** The names of all shards of the model that a file is one of, by its name; undefined for a file that stands alone. */
export function shardNames(name: string): string[] | undefined {
  const [, start, number, of, count, ending] = SHARD.exec(name) ?? [];
  const total = Number(count);
  if (ending === undefined || !(total > 1 && total <= MAX_SHARDS)) return undefined;
  const numbered = (index: number) => String(index + 1).padStart(number.length, '0');
  return Array.from({ length: total }, (_, index) => `${start}${numbered(index)}${of}${count}${ending}`);
}

/** The `weight_map` of an index: the file of each tensor. Undefined for other descriptions. */
export function weightMap(json: Json): Map<string, string> | undefined {
  const map = isObject(json) ? json.weight_map : undefined;
  if (!isObject(map)) return undefined;
  return new Map(
    Object.entries(map).flatMap(([name, file]) => (typeof file === 'string' ? [[name, file]] : [])),
  );
}

/** Opens a model by its index. Throws FormatError where a file or a tensor is missing. */
export async function readIndexed(
  places: ReadonlyMap<string, string>,
  index: ByteSource,
  findFile: FindFile,
  openFile: OpenFile,
): Promise<ModelFile> {
  const model = await readShards([...new Set(places.values())], index, findFile, openFile);
  const lost = [...places].find(([name]) => !model.tensors.has(name) && !model.refused?.has(name));
  if (!lost) return model;
  const [tensor, file] = lost;
  throw new FormatError(
    `The index places the tensor "${tensor}" in "${file}", which does not hold it`,
    index.name,
    'Fetch the index and all files from the same place again.',
  );
}

/** Opens a model that lies in the files `names`. `source`: the one of them, or the index, that was chosen first. */
export async function readShards(
  names: readonly string[],
  source: ByteSource,
  findFile: FindFile,
  openFile: OpenFile,
): Promise<ModelFile> {
  if (names.length === 0 || names.length > MAX_SHARDS) {
    throw new FormatError(`The index names ${names.length} files`, source.name, 'Fetch it again.');
  }
  const missing = names.filter((name) => !findFile(name));
  if (missing.length > 0) {
    const listed = missing.slice(0, MAX_LISTED).map((name) => `"${name}"`);
    const more = missing.length > listed.length ? ` and ${missing.length - listed.length} more` : '';
    throw new FormatError(
      `The model lies in ${names.length} files, of which ${listed.join(', ')}${more} ${missing.length === 1 ? 'is' : 'are'} missing`,
      source.name,
      'Drop all of them together, or the folder that they lie in.',
    );
  }
  const shards: ModelFile[] = [];
  for (const shard of names.flatMap((name) => findFile(name) ?? [])) shards.push(await openFile(shard));
  return joined(shards, source);
}

function joined(shards: readonly ModelFile[], source: ByteSource): ModelFile {
  const [first] = shards;
  const tensors = new Map<string, StoredTensor>();
  for (const shard of shards) {
    if (shard.program || shard.format !== first.format) {
      throw new FormatError(
        `A part of the model is ${shard.format} with a program of its own, or of another format than the others`,
        shard.fileName,
        'Open it by itself.',
      );
    }
    for (const [name, tensor] of shard.tensors) tensors.set(name, tensor);
  }
  const imports = shards.flatMap(({ pythonImports = [] }) => pythonImports);
  return {
    ...first,
    variant: `${shards.length} files`,
    fileName: source.name,
    byteLength: shards.reduce((total, { byteLength }) => total + byteLength, 0),
    metadata: new Map(shards.flatMap(({ metadata }) => [...metadata])),
    tensors,
    refused: new Set(shards.flatMap(({ refused = [] }) => [...refused])),
    warnings: shards.flatMap(({ warnings }) => warnings),
    pythonImports: first.pythonImports && [...new Map(imports.map((one) => [one.name, one])).values()],
  };
}
