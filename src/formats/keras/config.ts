/**
 * Configurations as Keras writes them: JSON that anybody can have changed. Values are asked for by name and kind; what is
 * missing or of another kind is the default, never an error of the language.
 */
import { FormatError } from '../format-error';

/** The configuration of a large model has some megabytes. */
const MAX_JSON_BYTES = 64 * 2 ** 20;

/** Of a window, a stride, a scale. */
const MAX_SIZE = 2 ** 16;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Parses JSON from a file. Throws FormatError. */
export function parseJson(text: string, where: string): Json {
  if (text.length > MAX_JSON_BYTES) {
    throw new FormatError('A description has more than 64 MB', where, 'Open a smaller model.');
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new FormatError(
      'A description is not valid JSON',
      where,
      'The file is damaged; save the model again.',
    );
  }
}

export const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** An object's own entry: names of the language ("constructor") are none. */
export function entry(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The arguments that a layer was made with. */
export class Config {
  constructor(readonly json: Json | undefined) {}

  get(name: string): Json | undefined {
    return entry(this.json, name) ?? undefined;
  }

  text(name: string, fallback = ''): string {
    const value = this.get(name);
    return typeof value === 'string' ? value : fallback;
  }

  number(name: string, fallback: number): number {
    const value = this.get(name);
    return typeof value === 'number' ? value : fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.get(name);
    return typeof value === 'boolean' ? value : fallback;
  }

  /** A list of whole numbers; undefined where it is none, or is not there. */
  numbers(name: string): number[] | undefined {
    const value = this.get(name);
    return isList(value) && value.every(Number.isSafeInteger) ? [...(value as number[])] : undefined;
  }

  /** A size for each axis: one number for all, or a list with one for each. What can be no size is the default. */
  perAxis(name: string, axes: number, fallback: number): number[] {
    const list = this.numbers(name);
    const given =
      list?.length === axes ? list : new Array<number>(axes).fill(list?.[0] ?? this.number(name, fallback));
    return given.map((size) =>
      Number.isSafeInteger(size) && size >= 1 && size <= MAX_SIZE ? size : fallback,
    );
  }

  config(name: string): Config {
    return new Config(this.get(name));
  }

  /** The same with one argument changed. */
  with(name: string, value: Json): Config {
    return new Config({ ...(isObject(this.json) ? this.json : {}), [name]: value });
  }
}

/** A layer as a configuration lists it. */
export interface LayerConfig {
  /** "Conv2D". */
  readonly className: string;
  readonly name: string;
  readonly config: Config;
  /** Calls of the layer, where layers are wired by hand; [] in a Sequential model. */
  readonly inboundNodes: readonly Json[];
  /** The shape of its input, where the file tells. */
  readonly inputShape: readonly (number | null)[] | undefined;
  /** An operation of keras.ops, not a layer. */
  readonly isOperation: boolean;
}

const OPERATIONS = /^keras\.(src\.)?ops\b/;

export function readLayer(json: Json): LayerConfig {
  const outer = new Config(json);
  const config = outer.config('config');
  const shape =
    entry(outer.get('build_config'), 'input_shape') ??
    config.get('batch_shape') ??
    config.get('batch_input_shape');
  const nodes = outer.get('inbound_nodes');
  // Custom layers are registered as "Package>Name".
  const className = outer.text('class_name').split('>').at(-1) ?? '';
  // Legacy files do not say the module; every layer but the input says whether it is trained.
  const isUntrained = config.get('trainable') === undefined && className !== 'InputLayer';
  const module = outer.text('module');
  return {
    className,
    name: outer.text('name') || config.text('name'),
    config,
    inboundNodes: isList(nodes) ? nodes : [],
    inputShape: readShape(shape),
    isOperation: module === '' ? isUntrained && !isModelClass(className) : OPERATIONS.test(module),
  };
}

/** Sizes, with null for those that are open. */
export function readShape(value: Json | undefined): (number | null)[] | undefined {
  const isSize = (size: Json) => size === null || (Number.isSafeInteger(size) && (size as number) >= 0);
  const isShape = isList(value) && value.every(isSize);
  return isShape ? [...(value as (number | null)[])] : undefined;
}

/** A model, of whatever class: one of the author's own lists its layers as Keras's do. */
export const isModel = ({ className, config }: Pick<LayerConfig, 'className' | 'config'>) =>
  config.json !== undefined && (isModelClass(className) || isList(config.get('layers')));

const isModelClass = (className: string) => ['Sequential', 'Functional', 'Model'].includes(className);
