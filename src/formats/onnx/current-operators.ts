/**
 * Operators in the form that the current operator set has: the readers of other formats also use the shorter forms of older
 * ones, in which axes, shapes and bounds are attributes.
 */
import type { Attribute, Operator } from '../model-file';
import type { StoredTensor } from '../tensor';

/** By type, what were attributes and are inputs now, in the order of the inputs, the first at place 1. */
const MOVED = new Map<string, readonly string[]>([
  ...['Squeeze', 'Unsqueeze', 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceL2'].map(
    (type) => [type, ['axes']] as const,
  ),
  ['Reshape', ['shape']],
  ['Pad', ['pads', 'value']],
  ['Slice', ['starts', 'ends', 'axes', 'steps']],
  ['Split', ['split']],
  ['Clip', ['min', 'max']],
]);

/** Those that are real numbers. */
const REAL = new Set(['value', 'min', 'max', 'scale', 'shift', 'scales']);

/** The operator after the constants that it reads. `tensors`: those that are stored, by name. */
export function inCurrentForm(
  operator: Operator,
  tensors: ReadonlyMap<string, StoredTensor>,
): readonly Operator[] {
  if (operator.type === 'Upsample') return resize(operator);
  const constants: Operator[] = [];
  const completed = withNormParts(operator, tensors, constants);
  const moved = withMovedAttributes(completed, constants);
  // Inputs that are left out at the end are not there at all.
  const inputs = moved.inputs.slice(0, moved.inputs.findLastIndex((name) => name !== '') + 1);
  return [...constants, { ...moved, inputs }];
}

/** Puts attributes that are inputs now among the inputs. */
function withMovedAttributes(operator: Operator, constants: Operator[]): Operator {
  const names = operator.domain === '' ? (MOVED.get(operator.type) ?? []) : [];
  if (!names.some((name) => operator.attributes.has(name))) return operator;
  const attributes = new Map(operator.attributes);
  const inputs = [...operator.inputs];
  names.forEach((name, index) => {
    const attribute = attributes.get(name);
    attributes.delete(name);
    while (inputs.length <= index + 1) inputs.push('');
    if (!attribute) return;
    const constant = makeConstant(operator, name, attribute);
    constants.push(constant);
    inputs[index + 1] = constant.outputs[0];
  });
  return { ...operator, inputs, attributes };
}

/** Norms without a scale or a shift of their own have ones and zeros: ONNX wants both. */
function withNormParts(
  operator: Operator,
  tensors: ReadonlyMap<string, StoredTensor>,
  constants: Operator[],
): Operator {
  const { type, inputs } = operator;
  if (type !== 'BatchNormalization' && type !== 'GroupNormalization') return operator;
  const [count] = inputs.flatMap((name) => tensors.get(name)?.shape.at(-1) ?? []);
  const part = (index: number, value: number, what: string) => {
    if (inputs[index]) return inputs[index];
    const constant = makeConstant(operator, what, {
      kind: 'numbers',
      value: new Array<number>(count).fill(value),
    });
    constants.push(constant);
    return constant.outputs[0];
  };
  if (count === undefined) return operator;
  return { ...operator, inputs: [inputs[0], part(1, 1, 'scale'), part(2, 0, 'shift'), ...inputs.slice(3)] };
}

/** Upsample is no operator any more: Resize does the same. */
function resize(operator: Operator): readonly Operator[] {
  const scales = operator.attributes.get('scales');
  const mode = operator.attributes.get('mode');
  const isLinear = mode?.kind === 'text' && mode.value === 'linear';
  if (!scales) return [operator];
  const constant = makeConstant(operator, 'scales', scales);
  const attributes = new Map<string, Attribute>([
    ['mode', { kind: 'text', value: isLinear ? 'linear' : 'nearest' }],
    ['coordinate_transformation_mode', { kind: 'text', value: isLinear ? 'half_pixel' : 'asymmetric' }],
    ['nearest_mode', { kind: 'text', value: 'floor' }],
  ]);
  const inputs = [operator.inputs[0], '', constant.outputs[0]];
  return [constant, { ...operator, type: 'Resize', inputs, attributes }];
}

function makeConstant({ name, outputs }: Operator, what: string, attribute: Attribute): Operator {
  const isList = attribute.kind === 'numbers';
  const key = REAL.has(what)
    ? isList
      ? 'value_floats'
      : 'value_float'
    : isList
      ? 'value_ints'
      : 'value_int';
  return {
    ...{ name: `${name} (${what})`, type: 'Constant', domain: '' },
    ...{ inputs: [], outputs: [`${outputs[0]} (${what})`], attributes: new Map([[key, attribute]]) },
  };
}
