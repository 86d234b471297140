/** Layers that join several inputs. */
import type { Flow } from '../../program-builder';
import { type Layer, NotTranslatedError, type Translation } from './layer';

const rankOf = (flows: readonly Flow[]) => Math.max(...flows.map(({ rank }) => rank));

function join(layer: Layer, type: string, inputs: readonly Flow[]): Flow {
  if (inputs.length < 2) throw new NotTranslatedError('joins fewer than two inputs');
  return layer.add(type, inputs, rankOf(inputs));
}

const joined =
  (type: string): Translation =>
  (layer) => [join(layer, type, layer.inputs)];

const average: Translation = (layer) => {
  const sum = join(layer, 'Sum', layer.inputs);
  return [layer.add('Mul', [sum, layer.builder.constant(1 / layer.inputs.length)], sum.rank)];
};

export function concat(layer: Layer, axis: number): Flow {
  if (layer.inputs.length === 0) throw new NotTranslatedError('joins nothing');
  return layer.add('Concat', layer.inputs, rankOf(layer.inputs), { axis });
}

const concatenate: Translation = (layer) => {
  return [concat(layer, layer.config.number('axis', -1))];
};

/** Products over one axis of each: attention without weights, if it is that. */
const dot: Translation = (layer) => {
  const [a, b] = layer.inputs;
  const axes = layer.config.numbers('axes') ?? new Array<number>(2).fill(layer.config.number('axes', -1));
  if (a?.rank !== 3 || b?.rank !== 3) throw new NotTranslatedError('multiplies two inputs with each other');
  const at = axes.map((axis) => (axis < 0 ? axis + 3 : axis));
  const left = at[0] === 1 ? layer.permute(a, [0, 2, 1]) : a;
  const right = at[1] === 2 ? layer.permute(b, [0, 2, 1]) : b;
  return [layer.add('MatMul', [left, right], 3)];
};

export const MERGING: readonly (readonly [string, Translation])[] = [
  ['Add', joined('Add')],
  ['Subtract', joined('Sub')],
  ['Multiply', joined('Mul')],
  ['Maximum', joined('Max')],
  ['Minimum', joined('Min')],
  ['Average', average],
  ['Concatenate', concatenate],
  ['Dot', dot],
];
