/**
 * What to run a network on where a person gives nothing: standard normal numbers for pictures and features, ids of rows that its
 * tables have, and ones for masks. The same seed gives the same inputs.
 */
import { standardNormal } from '../edits/standard-normal';
import type { Operator, Program, ValueInfo } from '../formats';
import { type Random, seededRandom } from '../graph';
import type { Network } from '../network';
import type { NetworkValue } from './network-runner';

/** A sequence's length where the file leaves it open; as when the network was read. */
const OPEN_LENGTH = 16;

/** ONNX's numbers for types of real numbers: float32, float16, float64, bfloat16. */
const REAL = new Set([1, 10, 11, 16]);

/** Operators between ids and the table that they look up: casts, reshapes, clips. */
const MAX_STEPS = 8;

/** One value for every input of the network that has to be given. */
export function randomInputs(network: Network, seed: number): NetworkValue[] {
  const random = seededRandom(seed);
  return network.program.inputs.map((input) => {
    const shape = inputShape(network, input);
    const count = shape.reduce((total, size) => total * size, 1);
    const next = REAL.has(input.elementType)
      ? () => standardNormal(random)
      : integersFor(network, input.name, random);
    return { name: input.name, shape, values: Float32Array.from({ length: count }, next) };
  });
}

const isOpen = (size: number | string): size is string => typeof size === 'string' || size <= 0;

/** The shape that a network was read with: open sizes are one example, and whatever its layers fit. */
function inputShape({ layers, channelSets }: Network, { name, shape = [1, 1] }: ValueInfo): number[] {
  const sizes = shape.map((size, axis) => (!isOpen(size) ? size : axis === 0 ? 1 : undefined));
  const set = channelSets.find(({ isInput, layer }) => isInput && layers[layer].name === name);
  const open = sizes.filter((size) => size === undefined).length;
  if (set && open > 0) {
    const known = sizes.reduce<number>((product, size) => product * (size ?? 1), 1);
    // Elements of one example, as they were counted when the network was read; open sides are as long as one another.
    const elements = set.count * set.positions;
    const side = Math.round((elements / known) ** (1 / open));
    if (known * side ** open === elements) return sizes.map((size) => size ?? side);
  }
  return sizes.map((size, axis) => size ?? openLength(shape[axis]));
}

/** Exporters name sizes that are sums: "past_sequence_length + sequence_length". A run begins without a past. */
function openLength(name: number | string): number {
  const terms = String(name)
    .split('+', 4)
    .filter((term) => !/past/i.test(term));
  return terms.reduce(
    (total, term) => total + (/^\s*\d{1,4}\s*$/.test(term) ? Number(term) : OPEN_LENGTH),
    0,
  );
}

function integersFor(network: Network, name: string, random: Random): () => number {
  const rows = rowsLookedUp(network, name);
  return rows === undefined ? () => 1 : () => Math.floor(random() * rows);
}

/** Rows of the table that ids look something up in; undefined where they do not. */
function rowsLookedUp({ program, tensors }: Network, name: string): number | undefined {
  const names = new Set([name]);
  for (let step = 0; step < MAX_STEPS; step++) {
    const readers = program.operators.filter(({ inputs }) => inputs.some((input) => names.has(input)));
    for (const reader of readers) {
      const table = tableOf(reader, names);
      const shape = table === undefined ? undefined : shapeOf(table, program, tensors);
      if (shape) return shape[0];
      if (MOVING.has(reader.type)) for (const output of reader.outputs) names.add(output);
    }
  }
  return undefined;
}

/** Operators that hand ids on. */
const MOVING = new Set([
  ...[
    'Cast',
    'Identity',
    'Reshape',
    'Squeeze',
    'Unsqueeze',
    'Flatten',
    'Slice',
    'Split',
    'Transpose',
    'Clip',
  ],
  ...['Expand', 'Gather'],
]);

/** The table that an operator looks ids up in. Of an embedding of several kinds of ids each has its own. */
function tableOf({ type, inputs }: Operator, ids: ReadonlySet<string>): string | undefined {
  if (type === 'Gather' || type === 'GatherBlockQuantized') return ids.has(inputs[1]) ? inputs[0] : undefined;
  if (type !== 'EmbedLayerNormalization') return undefined;
  return ids.has(inputs[0]) ? inputs[2] : inputs[4];
}

/** The shape of a stored tensor, or of one that an operator makes of it and leaves the rows. */
function shapeOf(
  name: string,
  { operators }: Program,
  tensors: Network['tensors'],
): readonly number[] | undefined {
  let origin: string | undefined = name;
  for (let step = 0; origin !== undefined && step < MAX_STEPS; step++) {
    const shape = tensors.get(origin)?.shape;
    if (shape) return shape.length > 1 ? shape : undefined;
    const writer = operators.find(({ outputs }) => outputs.includes(origin as string));
    origin = writer && /^(Cast|Identity|DequantizeLinear)$/.test(writer.type) ? writer.inputs[0] : undefined;
  }
  return undefined;
}
