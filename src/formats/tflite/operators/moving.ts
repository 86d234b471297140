/** Operators that move values about without computing. */
import { checkedSize, type TfliteCall, UntranslatableError } from '../program';

/** Beyond every size: "to the end". */
const END = 2 ** 31 - 1;

/** The new shape is a constant, or an option; else what the file says of the result. */
export async function reshape(call: TfliteCall): Promise<void> {
  const options = await call.options?.int32s(0, 16);
  const wanted = call.inputs[1]?.stored ? await call.integers(1) : call.has(1) ? undefined : options;
  const known = wanted ?? call.output.shape;
  if (!wanted && call.has(1) && known.filter((size) => size < 0).length > 1) {
    call.write('Reshape', [call.input(0), call.input(1)]);
    return;
  }
  call.write('Reshape', [call.input(0), call.list(known)], { allowzero: 1 });
}

export async function squeeze(call: TfliteCall): Promise<void> {
  const axes = (await call.options?.int32s(0, 16)) ?? [];
  call.write('Squeeze', [call.input(0), ...(axes.length > 0 ? [call.list(axes)] : [])]);
}

export async function expandDims(call: TfliteCall): Promise<void> {
  call.write('Unsqueeze', [call.input(0), call.list(await call.integers(1))]);
}

export async function transpose(call: TfliteCall): Promise<void> {
  call.write('Transpose', [call.input(0)], { perm: await call.integers(1) });
}

/** Pads are pairs for each axis; ONNX wants all beginnings first. */
export async function pad(call: TfliteCall): Promise<void> {
  const pairs = await call.integers(1);
  for (const border of pairs) if (border !== 0) checkedSize(border);
  const [begins, ends] = [0, 1].map((side) => pairs.filter((_, index) => index % 2 === side));
  const isMirror = call.type === 'MIRROR_PAD';
  if (isMirror && call.int8(0) !== 0) throw new UntranslatableError('mirrors with the edge repeated');
  const value = call.type === 'PADV2' ? [call.input(2)] : [];
  call.write('Pad', [call.input(0), call.list([...begins, ...ends]), ...value], {
    mode: isMirror ? 'reflect' : 'constant',
  });
}

export async function concatenation(call: TfliteCall): Promise<void> {
  const inputs = call.inputs.map((_, index) => call.input(index));
  call.write('Concat', inputs, { axis: call.int32(0) }, call.int8(1));
}

/** Inputs: axis, data; or data, sizes, axis. */
export async function split(call: TfliteCall): Promise<void> {
  const hasSizes = call.type === 'SPLIT_V';
  const [axis] = await call.integers(hasSizes ? 2 : 0);
  const inputs = hasSizes ? [call.input(0), call.list(await call.integers(1))] : [call.input(1)];
  const names = call.outputs.map(({ name }) => name);
  const count: Record<string, number> = hasSizes ? {} : { num_outputs: names.length };
  call.builder.add(call.name, 'Split', inputs, names, { axis, ...count });
}

export async function pack(call: TfliteCall): Promise<void> {
  const axis = call.int32(1);
  const parts = call.inputs.map((_, index) => call.add('Unsqueeze', [call.input(index), call.list([axis])]));
  call.write('Concat', parts, { axis });
}

export async function unpack(call: TfliteCall): Promise<void> {
  const axis = call.int32(1);
  const parts = call.outputs.map(({ name }) => call.builder.fresh(name));
  call.builder.add(call.name, 'Split', [call.input(0)], parts, { axis, num_outputs: parts.length });
  call.outputs.forEach(({ name }, index) => {
    call.builder.add(name, 'Squeeze', [parts[index], call.list([axis])], [name]);
  });
}

/** A size of −1 reaches to the end. */
export async function slice(call: TfliteCall): Promise<void> {
  const [begins, sizes] = [await call.integers(1), await call.integers(2)];
  const ends = sizes.map((size, axis) => (size < 0 ? END : begins[axis] + size));
  const axes = begins.map((_, axis) => axis);
  call.write('Slice', [call.input(0), call.list(begins), call.list(ends), call.list(axes)]);
}

/** NumPy's x[a:b:c, d, …]: bits of the masks say which begins and ends are left out, and which axes one place is taken of. */
export async function stridedSlice(call: TfliteCall): Promise<void> {
  const [begins, ends, steps] = [await call.integers(1), await call.integers(2), await call.integers(3)];
  const isSet = (field: number, axis: number) => ((call.int32(field) >> axis) & 1) === 1;
  if (call.int32(2) !== 0 || call.int32(3) !== 0) {
    throw new UntranslatableError('slices with an ellipsis or a new axis');
  }
  const rank = begins.length;
  const single = begins.map((_, axis) => axis).filter((axis) => isSet(4, axis));
  const isSingle = (axis: number) => single.includes(axis);
  if (call.flag(5)) throw new UntranslatableError('counts the end of a slice from its beginning');
  const from = begins.map((begin, axis) =>
    isSet(0, axis) && !isSingle(axis) ? (steps[axis] < 0 ? END : 0) : begin,
  );
  const to = ends.map((end, axis) => {
    if (isSingle(axis)) return begins[axis] === -1 ? END : begins[axis] + 1;
    return isSet(1, axis) ? (steps[axis] < 0 ? -END : END) : end;
  });
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const lists = [from, to, axes, steps.map((step, axis) => (isSingle(axis) ? 1 : step))];
  const inputs = [call.input(0), ...lists.map((list) => call.list(list))];
  if (single.length === 0) call.write('Slice', inputs);
  else call.write('Squeeze', [call.add('Slice', inputs), call.list(single)]);
}

export async function gather(call: TfliteCall): Promise<void> {
  if (call.int32(1) !== 0) throw new UntranslatableError('gathers along batches');
  call.write('Gather', [call.input(0), call.input(1)], { axis: call.int32(0) });
}

/** Inputs: ids, table. */
export async function embeddingLookup(call: TfliteCall): Promise<void> {
  call.write('Gather', [call.input(1), call.input(0)], { axis: 0 });
}

/** The second input is the new height and width. */
export const resize = (mode: 'linear' | 'nearest', alignField: number) => async (call: TfliteCall) => {
  const [batch, , , channels] = call.shape(0);
  const [height, width] = (await call.integers(1)).map(checkedSize);
  if (!(channels > 0)) throw new UntranslatableError('resizes pictures of an unknown number of channels');
  const hasAlignedCorners = call.flag(alignField);
  const hasHalfPixels = call.flag(alignField + 1);
  const sizes = call.list([Math.max(1, batch), height, width, channels]);
  call.write('Resize', [call.input(0), '', '', sizes], {
    mode,
    nearest_mode: hasHalfPixels ? 'round_prefer_ceil' : hasAlignedCorners ? 'round_prefer_ceil' : 'floor',
    coordinate_transformation_mode: hasAlignedCorners
      ? 'align_corners'
      : hasHalfPixels
        ? 'half_pixel'
        : 'asymmetric',
  });
};

/** Blocks of pixels become channels, or the other way: the place in the block is the outer part of the channel. */
export const blocks = (type: 'SpaceToDepth' | 'DepthToSpace') => async (call: TfliteCall) => {
  const attributes: Record<string, number | string> = { blocksize: call.size(0) };
  if (type === 'DepthToSpace') attributes.mode = 'DCR';
  const moved = call.add(type, [call.channelsFirst(call.input(0), 4)], attributes);
  call.writeChannelsLast(moved, 4);
};

export async function broadcastTo(call: TfliteCall): Promise<void> {
  call.write('Expand', [call.input(0), call.list((await call.integers(1)).map(checkedSize))]);
}

export async function tile(call: TfliteCall): Promise<void> {
  call.write('Tile', [call.input(0), call.list((await call.integers(1)).map(checkedSize))]);
}

/** Inputs: shape, value. */
export async function fill(call: TfliteCall): Promise<void> {
  const shape = call.inputs[0]?.stored ? call.list((await call.integers(0)).map(checkedSize)) : call.input(0);
  call.write('Expand', [call.input(1), shape]);
}
