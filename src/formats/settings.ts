/**
 * A config.json that is dropped beside a file of tensors: what it says that the tensors do not (number of heads, activation).
 * Hugging Face writes one into every model's folder.
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';

const NAME = 'config.json';

/** Real ones have a few kilobytes, or a hundred where they list many labels. */
const MAX_BYTES = 4_000_000;

/** Its entries, or undefined where none lies beside the file `model`. Throws FormatError where it cannot be read. */
export async function readSettings(
  sources: readonly ByteSource[],
  model: string,
): Promise<ReadonlyMap<string, unknown> | undefined> {
  const folder = model.slice(0, model.lastIndexOf('/') + 1);
  const source = sources.find(({ name }) => name === folder + NAME || name.toLowerCase() === NAME);
  if (!source) return undefined;
  const refused = (what: string) =>
    new FormatError(what, source.name, 'Drop the model without it, or with the one that belongs to it.');
  if (source.byteLength > MAX_BYTES) throw refused('The configuration is larger than any real one');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(await source.read(0, source.byteLength)));
  } catch (error) {
    if (error instanceof SyntaxError) throw refused('The configuration is not valid JSON');
    throw error;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refused('The configuration is not a JSON object');
  }
  return new Map(Object.entries(parsed));
}
