/**
 * How the layers of a model are wired: which call of which layer reads the results of which others. Sequential models are a
 * chain; in the others every layer lists its calls, in the form of Keras 2 or in that of Keras 3.
 */
import { FormatError } from '../format-error';
import {
  type Config,
  entry,
  isList,
  isObject,
  type Json,
  type LayerConfig,
  readLayer,
  readShape,
} from './config';

/** The result of a call: result `result` of call number `call` of a layer. */
export interface Reference {
  readonly kind: 'reference';
  readonly layer: string;
  readonly call: number;
  readonly result: number;
  /** What the reader says of its shape. */
  readonly shape?: readonly (number | null)[];
}

/** What a layer is called with. */
export type Argument =
  | Reference
  | { readonly kind: 'list'; readonly items: readonly Argument[] }
  | { readonly kind: 'plain'; readonly value: Json };

export interface LayerCall {
  readonly layer: LayerConfig;
  /** Number of the call, for layers that stand in several places. */
  readonly number: number;
  readonly positional: readonly Argument[];
  readonly named: ReadonlyMap<string, Argument>;
}

export interface Wiring {
  readonly layers: readonly LayerConfig[];
  /** Each reads only what was written before it. */
  readonly calls: readonly LayerCall[];
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
  /** Shapes of results, where the file tells. */
  shapeOf(result: Reference): readonly (number | null)[] | undefined;
}

/** Arguments within arguments. */
const MAX_NESTING = 16;
const MAX_CALLS = 50_000;

/** Reads the wiring of a model's configuration. Throws FormatError. */
export function readWiring(config: Config, className: string, where: string): Wiring {
  const listed = config.get('layers') ?? config.json;
  const layers = isList(listed) ? listed.map(readLayer) : [];
  if (layers.length > MAX_CALLS) throw badConfig(`The model lists ${layers.length} layers`, where);
  const names = new Set(layers.map(({ name }) => name));
  if (names.size < layers.length) throw badConfig('Two layers of a model have the same name', where);
  const isChain = className === 'Sequential' || config.get('output_layers') === undefined;
  return isChain ? chain(layers) : functional(layers, config, where);
}

function badConfig(what: string, where: string): FormatError {
  return new FormatError(what, where, 'The configuration is damaged; save the model again.');
}

function reference(layer: string, call = 0, result = 0, shape?: readonly (number | null)[]): Reference {
  return { kind: 'reference', layer, call, result, shape };
}

/** Name of what a Sequential model without an input layer reads. */
export const CHAIN_INPUT = '';

function chain(layers: readonly LayerConfig[]): Wiring {
  let last = reference(CHAIN_INPUT);
  const calls: LayerCall[] = [];
  const inner = layers.filter(({ className }) => className !== 'InputLayer');
  for (const layer of inner) {
    calls.push({ layer, number: 0, positional: [last], named: new Map() });
    last = reference(layer.name);
  }
  const shapes = new Map(inner.map(({ name }, index) => [name, inner[index + 1]?.inputShape]));
  return {
    layers,
    calls,
    inputs: [reference(CHAIN_INPUT)],
    outputs: [last],
    shapeOf: ({ layer }) => (layer === CHAIN_INPUT ? inner[0]?.inputShape : shapes.get(layer)),
  };
}

function functional(layers: readonly LayerConfig[], config: Config, where: string): Wiring {
  const names = new Set(layers.map(({ name }) => name));
  const read = (json: Json) => readArgument(json, names, 0);
  const calls = layers.flatMap((layer) =>
    layer.inboundNodes.map((node, number) => readCall(layer, number, node, read)),
  );
  if (calls.length > MAX_CALLS) throw badConfig(`The model lists ${calls.length} calls of layers`, where);
  const [inputs, outputs] = ['input_layers', 'output_layers'].map((name) =>
    referencesIn(read(config.get(name) ?? null)),
  );
  const offsets = callOffsets(calls, outputs);
  const shift = ({ layer, call, result, shape }: Reference) =>
    reference(layer, call - (offsets.get(layer) ?? 0), result, shape);
  const shifted = calls.map((call) => ({
    ...call,
    positional: call.positional.map((argument) => mapReferences(argument, shift)),
    named: new Map([...call.named].map(([name, argument]) => [name, mapReferences(argument, shift)])),
  }));
  const key = ({ layer, call, result }: Reference) => `${call} ${result} ${layer}`;
  const shapes = new Map(shifted.flatMap(referencesOf).map((one) => [key(one), one.shape]));
  return {
    layers,
    calls: inOrder(shifted, layers, where),
    inputs: inputs.map(({ layer }) => reference(layer)),
    outputs: outputs.map(shift),
    shapeOf: (result) => shapes.get(key(result)),
  };
}

/** Models within models count their calls from 1: call 0 was their own making. */
function callOffsets(calls: readonly LayerCall[], outputs: readonly Reference[]): Map<string, number> {
  const highest = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { layer } of calls) counts.set(layer.name, (counts.get(layer.name) ?? 0) + 1);
  for (const { layer, call } of [...calls.flatMap(referencesOf), ...outputs]) {
    highest.set(layer, Math.max(highest.get(layer) ?? 0, call));
  }
  return new Map(
    [...counts].map(([layer, count]) => [layer, Math.max(0, (highest.get(layer) ?? 0) - count + 1)]),
  );
}

function readCall(layer: LayerConfig, number: number, node: Json, read: (json: Json) => Argument): LayerCall {
  if (isObject(node)) {
    const list = entry(node, 'args');
    const named = entry(node, 'kwargs');
    return {
      layer,
      number,
      positional: isList(list) ? list.map(read) : [],
      named: new Map(isObject(named) ? Object.entries(named).map(([name, json]) => [name, read(json)]) : []),
    };
  }
  // Keras 2: a list of [layer, call, result, named arguments], or one of them by itself.
  const parts = isList(node) ? (typeof node[0] === 'string' ? [node] : node) : [];
  const items = parts.map(read);
  const named = parts.flatMap((part) => (isList(part) && isObject(part[3]) ? Object.entries(part[3]) : []));
  return {
    layer,
    number,
    positional: items.length > 1 ? [{ kind: 'list', items }] : items,
    named: new Map(named.map(([name, json]) => [name, read(json)])),
  };
}

function readArgument(json: Json, names: ReadonlySet<string>, depth: number): Argument {
  if (depth > MAX_NESTING) return { kind: 'plain', value: null };
  const history = entry(entry(json, 'config'), 'keras_history');
  if (history !== undefined) {
    const argument = readArgument(history, names, depth + 1);
    const shape = readShape(entry(entry(json, 'config'), 'shape'));
    return argument.kind === 'reference' ? { ...argument, shape } : argument;
  }
  if (isList(json)) {
    const [layer, call, result] = json;
    const isReference = typeof layer === 'string' && typeof call === 'number' && json.length >= 3;
    if (isReference && names.has(layer)) {
      return reference(layer, call, typeof result === 'number' ? result : 0);
    }
    if (layer === '_CONSTANT_VALUE') return { kind: 'plain', value: result ?? null };
    const items = json.map((item) => readArgument(item, names, depth + 1));
    const isPlain = items.every(({ kind }) => kind === 'plain');
    return isPlain ? { kind: 'plain', value: json } : { kind: 'list', items };
  }
  if (isObject(json)) {
    const items = Object.values(json).map((item) => readArgument(item, names, depth + 1));
    if (items.some(({ kind }) => kind !== 'plain')) return { kind: 'list', items };
  }
  return { kind: 'plain', value: json };
}

function mapReferences(argument: Argument, change: (one: Reference) => Reference): Argument {
  if (argument.kind === 'reference') return change(argument);
  if (argument.kind === 'plain') return argument;
  return { kind: 'list', items: argument.items.map((item) => mapReferences(item, change)) };
}

function referencesIn(argument: Argument): Reference[] {
  if (argument.kind === 'reference') return [argument];
  return argument.kind === 'list' ? argument.items.flatMap(referencesIn) : [];
}

const referencesOf = ({ positional, named }: LayerCall) =>
  [...positional, ...named.values()].flatMap(referencesIn);

/** Sorts calls so that each comes after those it reads, and otherwise leaves them as they are listed. */
function inOrder(calls: readonly LayerCall[], layers: readonly LayerConfig[], where: string): LayerCall[] {
  const key = (layer: string, call: number) => `${call} ${layer}`;
  const writers = new Map(calls.map((call) => [key(call.layer.name, call.number), call]));
  const inputs = new Set(
    layers.filter(({ inboundNodes }) => inboundNodes.length === 0).map(({ name }) => key(name, 0)),
  );
  const done = new Set<LayerCall>();
  const open = new Set<LayerCall>();
  for (const call of calls) {
    const stack = [call];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const reads = done.has(top) ? [] : referencesOf(top).map((one) => key(one.layer, one.call));
      const waiting = reads
        .filter((read) => !inputs.has(read))
        .map((read) => writers.get(read))
        .filter((writer) => writer === undefined || !done.has(writer));
      if (waiting.length === 0) {
        done.add(top);
        stack.pop();
        continue;
      }
      open.add(top);
      for (const writer of waiting) {
        if (!writer || open.has(writer)) {
          throw badConfig(`Layer "${top.layer.name}" reads something that no layer before it writes`, where);
        }
        stack.push(writer);
      }
    }
  }
  return [...done];
}
