/** Inert values as short text that reads like Python, for people. Never evaluated. */
import { globalName, type PickleValue } from './values';

const MAX_TEXT = 80;
const MAX_ARGUMENTS = 4;
const MAX_DEPTH = 3;

function shorten(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

export function formatValue(value: PickleValue, depth = 0): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return shorten(String(value));
  if (depth >= MAX_DEPTH) return '…';
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (Array.isArray(value)) return `(${formatList(value, depth + 1)})`;
  if (value instanceof Map) return `<dictionary of ${value.size}>`;
  if (value instanceof Set) return `<set of ${value.size}>`;
  switch (value.kind) {
    case 'global':
      return shorten(globalName(value));
    case 'object':
      return formatCall(value.callee, value.callArguments, depth + 1);
    case 'persistent-id':
      return '<stored apart>';
    case 'left-in-file':
      return `<${value.byteLength} bytes>`;
    default:
      throw value satisfies never;
  }
}

function formatList(values: readonly PickleValue[], depth: number): string {
  const shown = values.slice(0, MAX_ARGUMENTS).map((value) => formatValue(value, depth));
  return [...shown, ...(values.length > MAX_ARGUMENTS ? ['…'] : [])].join(', ');
}

/** `posix.system("echo")`; without arguments, what would be called. */
export function formatCall(
  callee: PickleValue,
  callArguments: readonly PickleValue[] | undefined,
  depth = 0,
): string {
  const name = formatValue(callee, depth);
  return callArguments ? `${name}(${formatList(callArguments, depth + 1)})` : name;
}
