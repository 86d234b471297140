/**
 * A model's configuration and weights to a program in ONNX's vocabulary. Channels stay last between layers, as in Keras; a
 * layer that ONNX defines with channels first moves them there and back.
 */
import { FormatError } from '../format-error';
import type { Program } from '../model-file';
import { type Flow, ProgramBuilder } from '../program-builder';
import { isFloatingPoint, type StoredTensor } from '../tensor';
import { type Argument, CHAIN_INPUT, type LayerCall, type Reference, readWiring, type Wiring } from './calls';
import { type Config, isModel, type Json, type LayerConfig, readShape } from './config';
import { LAYERS, OPERATIONS } from './layers';
import { flowsIn, Layer, NotTranslatedError, type Value } from './layers/layer';
import type { Scope } from './weights';

/** Domain of what has no counterpart in ONNX: nothing reads it, and it is reported by its name. */
const KERAS_DOMAIN = 'keras';

/** Models within models. */
const MAX_DEPTH = 24;
/** Beyond this, a model that holds others many times over is not believed: the largest of Keras's have a thousand layers. */
const MAX_CALLS = 20_000;
const MAX_OPERATORS = 50_000;

export interface Translated {
  readonly program: Program;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly warnings: readonly string[];
}

/** Translates a model. Throws FormatError where its configuration is damaged. */
export function translateModel(model: LayerConfig, scope: Scope, fileName: string): Translated {
  const builder = new ProgramBuilder();
  const outputs = new Translator(builder, fileName).wholeModel(model, scope);
  return { program: builder.finish(outputs), tensors: builder.tensors, warnings: builder.warnings };
}

class Translator {
  #depth = 0;
  #calls = 0;
  /** A model that stands in several places is wired, and its weights are looked up, once. */
  readonly #wirings = new Map<Json | undefined, Wiring>();
  readonly #scopes = new Map<Wiring, Map<Scope, readonly Scope[]>>();

  constructor(
    readonly builder: ProgramBuilder,
    readonly fileName: string,
  ) {}

  wholeModel(model: LayerConfig, scope: Scope): Flow[] {
    const wiring = this.#wiring(model);
    const inputs = wiring.inputs.map(({ layer }) => this.#addInput(wiring, layer, model.config, scope));
    return this.#run(wiring, inputs, '', scope);
  }

  #wiring({ config, className, name }: LayerConfig): Wiring {
    const known = this.#wirings.get(config.json);
    if (known) return known;
    const wiring = readWiring(config, className, `model "${name.slice(0, 80)}" in ${this.fileName}`);
    this.#wirings.set(config.json, wiring);
    return wiring;
  }

  #scopesOf(wiring: Wiring, scope: Scope): readonly Scope[] {
    const ofWiring = this.#scopes.get(wiring) ?? new Map<Scope, readonly Scope[]>();
    this.#scopes.set(wiring, ofWiring);
    const known = ofWiring.get(scope) ?? scope.layers(wiring.layers);
    ofWiring.set(scope, known);
    return known;
  }

  #addInput({ layers }: Wiring, name: string, config: Config, scope: Scope): Flow {
    const isChain = name === CHAIN_INPUT;
    const given = isChain ? layers[0] : layers.find((layer) => layer.name === name);
    const shape =
      given?.inputShape ??
      readShape(config.get('build_input_shape')) ??
      guessShape(layers, scope) ??
      ([null, null] as const);
    return this.builder.addInput(
      given?.className === 'InputLayer' ? given.name : 'input',
      shape,
      channelAxis(layers, shape),
    );
  }

  /** Runs the calls of a model on its inputs. */
  #run(wiring: Wiring, inputs: readonly Flow[], path: string, scope: Scope): Flow[] {
    const key = ({ layer, call }: { layer: string; call: number }) => `${call} ${layer}`;
    const results = new Map<string, readonly Flow[]>();
    wiring.inputs.forEach((input, index) => {
      if (inputs[index]) results.set(key(input), [inputs[index]]);
    });
    const scopes = new Map<LayerConfig, Scope>();
    this.#scopesOf(wiring, scope).forEach((place, index) => {
      scopes.set(wiring.layers[index], place);
    });
    const find = (one: Reference): Flow | undefined => results.get(key(one))?.[one.result];
    for (const call of wiring.calls) {
      const place = scopes.get(call.layer) as Scope;
      const made = this.#call(call, path, place, find, wiring);
      results.set(key({ layer: call.layer.name, call: call.number }), made);
    }
    return wiring.outputs.flatMap((output) => find(output) ?? []);
  }

  #call(
    { layer, number, positional, named }: LayerCall,
    path: string,
    scope: Scope,
    find: (one: Reference) => Flow | undefined,
    { shapeOf }: Wiring,
  ): Flow[] {
    const resolve = (argument: Argument): Value => {
      if (argument.kind === 'plain') return { plain: argument.value };
      if (argument.kind === 'list') return { items: argument.items.map(resolve) };
      return find(argument) ?? { plain: null };
    };
    const layerPath = path === '' ? layer.name : `${path}/${layer.name}`;
    const values = new Map([...named].map(([name, argument]) => [name, resolve(argument)]));
    const [first] = positional;
    const before = first?.kind === 'reference' ? shapeOf(first) : undefined;
    const after = shapeOf({ kind: 'reference', layer: layer.name, call: number, result: 0 });
    return this.layer(layer, layerPath, scope, positional.map(resolve), values, { before, after });
  }

  /** One call of a layer, or of a model that stands in a layer's place. */
  layer(
    layer: LayerConfig,
    path: string,
    scope: Scope,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    shapes: Shapes = {},
  ): Flow[] {
    this.#depth++;
    this.#calls++;
    const isEndless = this.#calls > MAX_CALLS || this.builder.operators.length > MAX_OPERATORS;
    if (this.#depth > MAX_DEPTH || isEndless) {
      const what = 'The model holds models within models without end';
      throw new FormatError(what, this.fileName, 'The configuration is damaged; save the model again.');
    }
    try {
      if (isModel(layer)) return this.#run(this.#wiring(layer), positional.flatMap(flowsIn), path, scope);
      const operation = layer.isOperation ? OPERATIONS.get(layer.className) : undefined;
      const translation = operation ?? LAYERS.get(layer.className);
      if (!translation) throw new NotTranslatedError('is not a layer that is known');
      if (/^Quantized/.test(layer.config.config('dtype').text('class_name'))) {
        throw new NotTranslatedError('keeps its weights quantised, which is not read');
      }
      const call = new Layer(layer, path, scope, positional, named, this.builder, (...inner) =>
        this.layer(...inner),
      );
      return translation(call);
    } catch (error) {
      if (!(error instanceof NotTranslatedError)) throw error;
      return this.#report(layer, path, scope, [...positional, ...named.values()], shapes, error);
    } finally {
      this.#depth--;
    }
  }

  /**
   * An operator that nothing understands, in the layer's place: what it reads and hides is told by its name. So that what
   * follows can be seen, a layer without weights that keeps the shape is taken to keep the channels, and what any other one
   * writes is taken for an input of the network, where its shape is known.
   */
  #report(
    { className }: LayerConfig,
    path: string,
    scope: Scope,
    values: readonly Value[],
    { before, after }: Shapes,
    { message }: NotTranslatedError,
  ): Flow[] {
    const { builder } = this;
    const flows = values.flatMap(flowsIn);
    const weights = scope.all().filter(({ type }) => isFloatingPoint(type));
    const names = weights.map((tensor) => builder.tensor({ ...tensor, name: `${path}/${tensor.name}` }));
    const warn = (consequence: string) =>
      builder.warnings.push(`Layer "${path}" (${className.slice(0, 80)}) ${message}${consequence}.`);
    const report = (reads: readonly (Flow | string)[]) =>
      builder.add(path, className, reads, flows[0]?.rank ?? 2, {}, KERAS_DOMAIN);
    if (
      weights.length === 0 &&
      flows.length === 1 &&
      after !== undefined &&
      before?.join() === after.join()
    ) {
      warn('; it is taken to change each number by itself');
      report([]);
      return flows;
    }
    const result = report([...flows, ...names]);
    const isKnown = after !== undefined && after.length > 1 && typeof after[after.length - 1] === 'number';
    warn(isKnown ? '; what it writes is shown as an input' : '');
    return isKnown ? [builder.addInput(builder.newName(path), after, after.length - 1)] : [result];
  }
}

/** Of what a layer reads and what it writes, where the file tells. */
interface Shapes {
  readonly before?: readonly (number | null)[];
  readonly after?: readonly (number | null)[];
}

/** The shape of what the first layer with a kernel reads, open but for its channels. */
function guessShape(layers: readonly LayerConfig[], scope: Scope): (number | null)[] | undefined {
  const scopes = scope.layers(layers);
  for (const place of scopes) {
    const [kernel] = place.variables(['kernel']);
    if (!kernel || kernel.shape.length < 2) continue;
    return [...new Array<null>(kernel.shape.length - 1).fill(null), kernel.shape[kernel.shape.length - 2]];
  }
  return undefined;
}

/** The last, unless a layer says that its channels come first. */
function channelAxis(layers: readonly LayerConfig[], { length }: readonly unknown[]): number {
  const isFirst = layers.some(({ config }) => config.text('data_format') === 'channels_first');
  return isFirst && length > 2 ? 1 : length - 1;
}
