/** What a layer's translation gets: its configuration, what it reads, its weights, and the program it writes to. */

import type { Attributes, Flow, ProgramBuilder } from '../../program-builder';
import type { StoredTensor } from '../../tensor';
import type { Config, Json, LayerConfig } from '../config';
import type { Scope } from '../weights';

/** What a layer is called with, once what it refers to is known. */
export type Value = Flow | { readonly items: readonly Value[] } | { readonly plain: Json };

export const isFlow = (value: Value | undefined): value is Flow => value !== undefined && 'rank' in value;

export function flowsIn(value: Value): Flow[] {
  if (isFlow(value)) return [value];
  return 'items' in value ? value.items.flatMap(flowsIn) : [];
}

/** Why a layer cannot be translated; it is then reported by its name. */
export class NotTranslatedError extends Error {}

/** Translates any layer: for those that have others within. */
export type TranslateLayer = (
  layer: LayerConfig,
  path: string,
  scope: Scope,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
) => Flow[];

export class Layer {
  readonly config: Config;

  constructor(
    readonly layer: LayerConfig,
    /** The names of the models that it is in, and its own: "features/conv2d". */
    readonly path: string,
    readonly scope: Scope,
    readonly positional: readonly Value[],
    readonly named: ReadonlyMap<string, Value>,
    readonly builder: ProgramBuilder,
    readonly translate: TranslateLayer,
  ) {
    this.config = layer.config;
  }

  /** Everything that is passed by place, in order. */
  get inputs(): Flow[] {
    return this.positional.flatMap(flowsIn);
  }

  get input(): Flow {
    const [first] = this.inputs;
    if (!first) throw new NotTranslatedError('reads nothing');
    return first;
  }

  /** A flow that is passed by name. */
  flow(name: string): Flow | undefined {
    const value = this.named.get(name);
    return isFlow(value) ? value : undefined;
  }

  add(type: string, inputs: readonly (Flow | string)[], rank: number, attributes?: Attributes): Flow {
    return this.builder.add(this.path, type, inputs, rank, attributes);
  }

  /**
   * The names of the layer's weights in the order in which Keras makes them; '' for those that it has not. `part` is for
   * layers within the layer.
   */
  weights(names: readonly (string | false)[], scope = this.scope, part = ''): string[] {
    return this.tensors(names, scope, part).map((tensor) => (tensor ? this.builder.tensor(tensor) : ''));
  }

  tensors(names: readonly (string | false)[], scope = this.scope, part = ''): (StoredTensor | undefined)[] {
    const expected = names.filter((name) => name !== false);
    const found = new Map(scope.variables(expected).map((tensor, index) => [expected[index], tensor]));
    return names.map((name) => {
      const tensor = name === false ? undefined : found.get(name);
      if (name !== false && !tensor)
        throw new NotTranslatedError(`has no "${name}" among the file's weights`);
      return tensor && { ...tensor, name: [this.path, part, name].filter(Boolean).join('/') };
    });
  }

  permute(value: Flow | string, permutation: readonly number[]): Flow {
    return this.add('Transpose', [value], permutation.length, { perm: permutation });
  }

  reshape(value: Flow | string, shape: readonly number[]): Flow {
    return this.add('Reshape', [value], shape.length, { shape });
  }

  get isChannelsFirst(): boolean {
    return this.config.text('data_format') === 'channels_first';
  }

  /** [batch, …, channels] to [batch, channels, …], where the channels are not there already. */
  channelsFirst(flow: Flow): Flow {
    if (this.isChannelsFirst || flow.rank < 3) return flow;
    const spatial = Array.from({ length: flow.rank - 2 }, (_, axis) => axis + 1);
    return this.permute(flow, [0, flow.rank - 1, ...spatial]);
  }

  /** The way back. */
  channelsLast(flow: Flow): Flow {
    if (this.isChannelsFirst || flow.rank < 3) return flow;
    const spatial = Array.from({ length: flow.rank - 2 }, (_, axis) => axis + 2);
    return this.permute(flow, [0, ...spatial, 1]);
  }
}

export type Translation = (layer: Layer) => Flow[];
