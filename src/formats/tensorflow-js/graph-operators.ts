/** TensorFlow's operators that are understood, by name. What is not here is reported by name. */
import type { Flow } from '../program-builder';
import { type GraphCall, type GraphTranslation, isTensor, NotTranslatedError } from './graph-call';
import { GRAPH_LAYERS } from './graph-layers';

const unary =
  (type: string): GraphTranslation =>
  (call) => {
    const value = call.input(0);
    return call.add(type, [call.use(value)], call.rank(value));
  };

const binary =
  (type: string): GraphTranslation =>
  (call) => {
    const [a, b] = [call.input(0), call.input(1)];
    return call.add(type, [call.use(a), call.use(b)], call.rank(a, b));
  };

/** What changes nothing: a flow, or a weight under another name. */
const same: GraphTranslation = (call) => call.use(call.input(0));

/** To a shape that the graph holds, or that it computes from other shapes. */
const reshape: GraphTranslation = (call) => {
  const value = call.use(call.input(0));
  const shape = call.input(1);
  if (isTensor(shape)) {
    const sizes = call.numbers(1);
    return call.add('Reshape', [value], sizes.length, { shape: sizes });
  }
  // A shape put together from parts: the number of parts is the rank.
  const parts = call.builder.operators.find(({ outputs }) => outputs[0] === shape.name)?.inputs.length;
  return call.add('Reshape', [value, shape], parts ?? value.rank);
};

function reduce(type: string): GraphTranslation {
  return (call) => {
    const input = call.flow(0);
    const axes = call.numbers(1);
    const keepsAxes = call.attributes.flag('keep_dims') || call.attributes.flag('keepdims');
    return call.add(type, [input], keepsAxes ? input.rank : input.rank - axes.length, {
      axes,
      keepdims: keepsAxes ? 1 : 0,
    });
  };
}

const concat: GraphTranslation = (call) => {
  const parts = call.inputs.slice(0, -1).map((part) => call.use(part));
  if (parts.length === 0) throw new NotTranslatedError('joins nothing');
  const [axis] = call.numbers(call.inputs.length - 1);
  return call.add('Concat', parts, Math.max(...parts.map(({ rank }) => rank)), { axis });
};

const transpose: GraphTranslation = (call) => call.permute(call.use(call.input(0)), call.numbers(1));

/** [[before, after], …] for every axis. */
const pad: GraphTranslation = (call) => {
  const input = call.flow(0);
  const sizes = call.numbers(1);
  const side = (which: number) => sizes.filter((_, index) => index % 2 === which);
  return call.add('Pad', [input], input.rank, { pads: [...side(0), ...side(1)] });
};

/** To [height, width]. */
const resize: GraphTranslation = (call) => {
  const input = call.flow(0);
  const [height, width] = call.numbers(1);
  const sizes = call.add('Shape', [input], 1);
  const part = (at: number) => call.add('Slice', [sizes], 1, { starts: [at], ends: [at + 1], axes: [0] });
  const parts = [part(0), call.builder.constant([height]), call.builder.constant([width]), part(3)];
  return call.add('Resize', [input, '', '', call.add('Concat', parts, 1, { axis: 0 })], 4);
};

/** begin, end and strides for every axis; bits say which of them do not count, and which axes vanish. */
const stridedSlice: GraphTranslation = (call) => {
  const value = call.use(call.input(0));
  const [begin, end, strides] = [1, 2, 3].map((index) => call.numbers(index));
  const mask = (name: string) => call.attributes.number(name, 0);
  if (mask('ellipsis_mask') || mask('new_axis_mask')) throw new NotTranslatedError('slices with gaps');
  const isSet = (bits: number, axis: number) => ((bits >> axis) & 1) === 1;
  const vanishing = begin.flatMap((_, axis) => (isSet(mask('shrink_axis_mask'), axis) ? [axis] : []));
  const sliced = call.add('Slice', [value, ...sliceInputs()], value.rank);
  return vanishing.length === 0
    ? sliced
    : call.add('Squeeze', [sliced], value.rank - vanishing.length, { axes: vanishing });

  function sliceInputs(): Flow[] {
    const starts = begin.map((at, axis) => (isSet(mask('begin_mask'), axis) ? 0 : at));
    const ends = end.map((at, axis) => {
      if (vanishing.includes(axis)) return begin[axis] === -1 ? TO_THE_END : begin[axis] + 1;
      return isSet(mask('end_mask'), axis) ? TO_THE_END : at;
    });
    return [starts, ends, begin.map((_, axis) => axis), strides].map((list) => call.builder.constant(list));
  }
};

/** The end of an axis, for a slice that runs to it. */
const TO_THE_END = 2 ** 31 - 1;

/** Values become the places of a new axis. */
const pack: GraphTranslation = (call) => {
  const axis = call.attributes.number('axis', 0);
  if (call.inputs.length === 0) throw new NotTranslatedError('joins nothing');
  const raised = call.inputs.map((value): Flow => {
    const flow = call.use(value);
    const numbers = isTensor(value) && value.shape.length === 0 ? call.known.get(value) : undefined;
    if (numbers) return call.builder.constant(numbers);
    return call.add('Unsqueeze', [flow], flow.rank + 1, { axes: [axis] });
  });
  return call.add('Concat', raised, Math.max(...raised.map(({ rank }) => rank)), { axis });
};

function squeeze(call: GraphCall): Flow {
  const input = call.flow(0);
  const axes = call.attributes.numbers('squeeze_dims') ?? call.attributes.numbers('axis') ?? [];
  if (axes.length === 0) throw new NotTranslatedError('drops axes without naming them');
  return call.add('Squeeze', [input], input.rank - axes.length, { axes });
}

function unsqueeze(call: GraphCall): Flow {
  const value = call.use(call.input(0));
  return call.add('Unsqueeze', [value], value.rank + 1, { axes: call.numbers(1) });
}

/** Rows of a table by ids. */
const gather: GraphTranslation = (call) => {
  const [table, ids] = [call.input(0), call.input(1)];
  if (!isTensor(ids)) call.builder.markIds(ids.name);
  const axis = call.inputs.length > 2 ? call.numbers(2)[0] : 0;
  return call.add('Gather', [call.use(table), call.use(ids)], call.rank(table) - 1 + call.rank(ids), {
    axis,
  });
};

const SAME = ['Identity', 'Cast', 'StopGradient', 'Snapshot', 'PreventGradient', 'CheckNumerics'];
const UNARY = [
  ...['Relu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Softmax', 'Exp', 'Log', 'Sqrt'],
  ...['Neg', 'Abs', 'Erf', 'Sin', 'Cos', 'LeakyRelu', 'Floor', 'Round', 'Reciprocal', 'Sign'],
];
const RENAMED_UNARY = [
  ['Relu6', 'Clip'],
  ['ClipByValue', 'Clip'],
  ['LogSoftmax', 'LogSoftmax'],
  ['Shape', 'Shape'],
] as const;
const BINARY = [
  ['Add', 'Add'],
  ['AddV2', 'Add'],
  ['Sub', 'Sub'],
  ['Mul', 'Mul'],
  ['RealDiv', 'Div'],
  ['Div', 'Div'],
  ['Maximum', 'Max'],
  ['Minimum', 'Min'],
  ['Pow', 'Pow'],
  ['Prelu', 'PRelu'],
] as const;

export const GRAPH_OPERATORS: ReadonlyMap<string, GraphTranslation> = new Map<string, GraphTranslation>([
  ...GRAPH_LAYERS,
  ...SAME.map((name) => [name, same] as const),
  ...UNARY.map((name) => [name, unary(name)] as const),
  ...RENAMED_UNARY.map(([name, type]) => [name, unary(type)] as const),
  ...BINARY.map(([name, type]) => [name, binary(type)] as const),
  [
    'AddN',
    (call) =>
      call.add(
        'Sum',
        call.inputs.map((value) => call.use(value)),
        call.rank(...call.inputs),
      ),
  ],
  ['Mean', reduce('ReduceMean')],
  ['Max', reduce('ReduceMax')],
  ['Sum', reduce('ReduceSum')],
  ['Reshape', reshape],
  ['Squeeze', squeeze],
  ['ExpandDims', unsqueeze],
  ['Transpose', transpose],
  ['ConcatV2', concat],
  ['Pad', pad],
  ['PadV2', pad],
  ['MirrorPad', pad],
  ['ResizeBilinear', resize],
  ['ResizeNearestNeighbor', resize],
  ['StridedSlice', stridedSlice],
  ['Pack', pack],
  ['GatherV2', gather],
  ['Gather', gather],
]);
