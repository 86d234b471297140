/** A node of TensorFlow's GraphDef, as TensorFlow.js writes it in JSON: an operator, what it reads, its attributes. */
import { Config, entry, isList, type Json } from '../keras/config';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of nodes, each with the number of the result; what only orders the execution is left out. */
  readonly inputs: readonly (readonly [name: string, result: number])[];
  readonly attributes: Attributes;
}

export function readNode(json: Json): GraphNode {
  const node = new Config(json);
  const listed = node.get('input');
  const inputs = (isList(listed) ? listed : []).filter(
    (input): input is string => typeof input === 'string' && !input.startsWith('^'),
  );
  return {
    name: node.text('name'),
    op: node.text('op'),
    inputs: inputs.map((input) => {
      const cut = /^(.*):(\d+)$/.exec(input);
      return cut ? [cut[1], Number(cut[2])] : [input, 0];
    }),
    attributes: new Attributes(node.config('attr')),
  };
}

/** Attributes say their kind: {"s": …} a text in base64, {"i": …} a whole number, {"list": …} several. */
export class Attributes {
  constructor(readonly config: Config) {}

  #value(name: string, kind: string): Json | undefined {
    return entry(this.config.get(name), kind);
  }

  text(name: string, fallback = ''): string {
    return textOf(this.#value(name, 's')) ?? fallback;
  }

  texts(name: string): string[] {
    const list = entry(this.#value(name, 'list'), 's');
    return isList(list) ? list.map((item) => textOf(item) ?? '') : [];
  }

  flag(name: string): boolean {
    return this.#value(name, 'b') === true;
  }

  number(name: string, fallback: number): number {
    return numberOf(this.#value(name, 'i') ?? this.#value(name, 'f')) ?? fallback;
  }

  numbers(name: string): number[] | undefined {
    const list = entry(this.#value(name, 'list'), 'i');
    return isList(list) ? list.map((item) => Math.trunc(numberOf(item) ?? 0)) : undefined;
  }

  /** Sizes; null for those that are open. Undefined where the rank is not known either. */
  shape(name: string): (number | null)[] | undefined {
    const sizes = entry(this.#value(name, 'shape'), 'dim');
    if (!isList(sizes)) return undefined;
    return sizes.map((size) => {
      const number = numberOf(entry(size, 'size'));
      return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : null;
    });
  }

  type(name: string): string {
    const value = this.#value(name, 'type');
    return typeof value === 'string' ? value : '';
  }
}

/** 64-bit numbers are written as texts. */
function numberOf(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textOf(value: Json | undefined): string | undefined {
  if (isList(value)) return String.fromCharCode(...value.slice(0, 100).map(Number));
  if (typeof value !== 'string') return undefined;
  try {
    return atob(value);
  } catch {
    return value; // some writers leave texts as they are
  }
}
