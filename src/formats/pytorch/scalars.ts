/** Numbers and texts beside the weights (epoch, accuracy, hyper-parameters), as metadata. */
import {
  attributesOf,
  calleeName,
  entriesOf,
  isObject,
  type PickledObject,
  type PickleValue,
} from '../pickle';
import { decodeElements } from '../tensor';
import { inlineBytes, readArray } from './numpy';
import { countVisit, holdsNoNetwork, keyText, type Walk } from './walk';

/** More than anybody reads. */
const MAX_ENTRIES = 200;
const MAX_TEXT = 500;
/** {'hyper_parameters': {'model': {'lr': …}}} */
const MAX_DEPTH = 3;

export function collectScalars(
  walk: Walk,
  children: Iterable<readonly [key: PickleValue, value: PickleValue]>,
  path: readonly string[],
  metadata: Map<string, string>,
): void {
  for (const [key, value] of children) {
    if (metadata.size >= MAX_ENTRIES) return;
    countVisit(walk);
    const name = [...path, keyText(key)];
    const text = scalarText(value);
    if (text !== undefined) metadata.set(name.join('.'), text);
    else if (name.length < MAX_DEPTH && !holdsNoNetwork(key, value)) {
      collectScalars(walk, dictionaryOf(value), name, metadata);
    }
  }
}

/** A dictionary, or the attributes of an object such as argparse.Namespace. */
function dictionaryOf(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> {
  return entriesOf(value) ?? (isObject(value) ? attributesOf(value) : undefined) ?? new Map();
}

function scalarText(value: PickleValue): string | undefined {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return String(value).slice(0, MAX_TEXT);
  }
  return isObject(value) && calleeName(value).endsWith('multiarray.scalar')
    ? numpyScalarText(value)
    : undefined;
}

/** numpy.float64(0.93) and the like, whose few bytes are at hand. */
function numpyScalarText(value: PickledObject): string | undefined {
  const array = readArray(value, 'a number beside the weights');
  const bytes = inlineBytes(value.callArguments[1] ?? null);
  if (array?.kind !== 'readable' || !bytes) return undefined;
  return String(decodeElements(bytes, array.type, 1)[0]);
}
