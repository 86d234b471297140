/** JSON files: what they describe, and in which of the files beside them the weights are. */
import type { ByteSource } from './byte-source';
import { fileFinder } from './choose-source';
import { FormatError } from './format-error';
import { entry, parseJson } from './keras/config';
import type { ModelFile } from './model-file';
import { type OpenFile, readIndexed, weightMap } from './sharded';

/** The description of a large model has some megabytes. */
const MAX_JSON_BYTES = 64 * 2 ** 20;

/** Opens a JSON file; `others` are the files that were given with it, `openFile` opens one. Throws FormatError. */
export async function readJson(
  source: ByteSource,
  others: readonly ByteSource[],
  openFile: OpenFile,
): Promise<ModelFile> {
  if (source.byteLength > MAX_JSON_BYTES) {
    throw new FormatError('The description has more than 64 MB', source.name, 'Open a smaller model.');
  }
  const json = parseJson(new TextDecoder().decode(await source.read(0, source.byteLength)), source.name);
  const places = weightMap(json);
  if (places) return await readIndexed(places, source, fileFinder(source, others), openFile);
  const { isTensorflowJs, readTensorflowJs } = await import('./tensorflow-js/read-model');
  if (isTensorflowJs(json)) return await readTensorflowJs(json, source, fileFinder(source, others));
  if (typeof entry(json, 'class_name') === 'string') {
    const { readKerasJson } = await import('./keras/read-keras');
    return await readKerasJson(json, source, others);
  }
  throw new FormatError(
    'The file is a description and holds no weights',
    source.name,
    'Open the file with the weights, or all files of the model together.',
  );
}
