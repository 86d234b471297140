/**
 * A config.json that is dropped beside a file of tensors: what it says that the tensors do not (number of heads, activation).
 * Hugging Face writes one into every model's folder.
 */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';

const NAME = 'config.json';

/** Real ones have a few kilobytes, or a hundred where they list many labels. */
const MAX_BYTES = 4_000_000;

/** Its entries, or undefined where there is none. Throws FormatError where it cannot be read. */
export async function readSettings(
  sources: readonly ByteSource[],
): Promise<ReadonlyMap<string, unknown> | undefined> {
  const source = sources.find(({ name }) => name.toLowerCase() === NAME);
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
