/**
 * Blocks of pixels become members of the batch, and back: how dilated convolutions were written before they had a
 * dilation of their own.
 */
import { checkedSize, type TfliteCall, UntranslatableError } from '../program';

interface Blocks {
  readonly batch: number;
  readonly sizes: readonly number[];
  readonly rest: readonly number[];
  readonly block: readonly number[];
  /** Before and after each axis. */
  readonly borders: readonly number[];
}

async function readBlocks(call: TfliteCall): Promise<Blocks> {
  const [block, borders] = [await call.integers(1), await call.integers(2)];
  for (const border of borders) if (border !== 0) checkedSize(border);
  const shape = call.shape(0);
  const [batch, ...others] = shape;
  const sizes = others.slice(0, block.length);
  if (
    sizes.some((size) => size < 1) ||
    block.some((size) => size < 1) ||
    borders.length !== 2 * block.length
  ) {
    throw new UntranslatableError('cuts pictures of unknown size into blocks');
  }
  return { batch: Math.max(1, batch), sizes, rest: others.slice(block.length), block, borders };
}

/** [batch, blocks · block, …] → [block, batch, blocks, …]. */
export async function spaceToBatch(call: TfliteCall): Promise<void> {
  const { batch, sizes, rest, block, borders } = await readBlocks(call);
  const rank = 1 + sizes.length + rest.length;
  const pads = [0, 1].flatMap((side) =>
    Array.from({ length: rank }, (_, axis) =>
      axis >= 1 && axis <= block.length ? borders[2 * (axis - 1) + side] : 0,
    ),
  );
  const counts = sizes.map((size, axis) =>
    checkedSize((size + borders[2 * axis] + borders[2 * axis + 1]) / block[axis]),
  );
  const padded = call.add('Pad', [call.input(0), call.list(pads)]);
  const cut = call.add('Reshape', [
    padded,
    call.list([batch, ...counts.flatMap((count, axis) => [count, block[axis]]), ...rest]),
  ]);
  const axes = block.map((_, axis) => 2 * axis + 1);
  const restAxes = rest.map((_, axis) => 1 + 2 * block.length + axis);
  const moved = call.transpose(cut, [...axes.map((axis) => axis + 1), 0, ...axes, ...restAxes]);
  const total = block.reduce((product, size) => product * size, batch);
  call.write('Reshape', [moved, call.list([total, ...counts, ...rest])]);
}

/** [block, batch, blocks, …] → [batch, blocks · block, …], with the borders cut off. */
export async function batchToSpace(call: TfliteCall): Promise<void> {
  const { batch, sizes, rest, block, borders } = await readBlocks(call);
  const own = checkedSize(batch / block.reduce((product, size) => product * size, 1));
  const cut = call.add('Reshape', [call.input(0), call.list([...block, own, ...sizes, ...rest])]);
  const count = block.length;
  const pairs = block.flatMap((_, axis) => [count + 1 + axis, axis]);
  const restAxes = rest.map((_, axis) => 2 * count + 1 + axis);
  const moved = call.transpose(cut, [count, ...pairs, ...restAxes]);
  const whole = sizes.map((size, axis) => size * block[axis]);
  const joined = call.add('Reshape', [moved, call.list([own, ...whole, ...rest])]);
  const axes = block.map((_, axis) => axis + 1);
  const begins = axes.map((_, axis) => borders[2 * axis]);
  const ends = whole.map((size, axis) => size - borders[2 * axis + 1]);
  call.write('Slice', [joined, ...[begins, ends, axes].map((list) => call.list(list))]);
}
