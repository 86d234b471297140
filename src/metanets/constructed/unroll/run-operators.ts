/**
 * Runs a program's operators in order over nodes. What each writes is kept by its name in the file.
 */
import { isFloatingPoint, type Operator, readTensor, type StoredTensor } from '../../../formats';
import { UnsupportedModelError } from '../../../network';
import { NotUnderstoodError } from '../../../network/activation';
import { type ComputationGraphBuilder, MAX_EDGES } from '../computation-graph';
import { ARITHMETIC } from './arithmetic';
import { KNOWN } from './known';
import { LINEAR } from './linear';
import { MOVING } from './moving';
import { OperatorCall, type OperatorHandler } from './operator-call';
import { POINTWISE } from './pointwise';
import { REDUCTIONS } from './reductions';
import { type NodeTensor, type NumberTensor, numberTensor, sizeOf, type Tensor } from './tensors';
import { WINDOWS } from './window';

const HANDLERS: ReadonlyMap<string, OperatorHandler> = new Map([
  ...ARITHMETIC,
  ...KNOWN,
  ...LINEAR,
  ...MOVING,
  ...POINTWISE,
  ...REDUCTIONS,
  ...WINDOWS,
]);

const MOVERS: ReadonlySet<string> = new Set([...MOVING, ...KNOWN].map(([type]) => type));

/** The activations that one operator writes. */
export interface WrittenActivations extends NodeTensor {
  /** The file's name for them. */
  readonly name: string;
  readonly operatorType: string;
}

/** Nodes that one operator made. */
interface OwnNodes {
  readonly first: number;
  readonly end: number;
}

/** A stored tensor's elements. Throws UnsupportedModelError where they are more than edges could carry. */
export async function readNumbers(tensor: StoredTensor, fileName: string): Promise<NumberTensor> {
  if (tensor.elementCount > MAX_EDGES) {
    const what = `Tensor "${tensor.name}" has more elements than message passing can simulate here`;
    throw new UnsupportedModelError(what, fileName, 'Open a smaller network.');
  }
  return numberTensor(tensor.shape, await readTensor(tensor), !isFloatingPoint(tensor.type));
}

/**
 * Runs all operators; `values`, by name, gains what they write. Returned is what operators write that do more than move elements.
 * Throws UnsupportedModelError for an operator that is not simulated.
 */
export async function runOperators(
  builder: ComputationGraphBuilder,
  operators: readonly Operator[],
  values: Map<string, Tensor>,
  version: number,
): Promise<WrittenActivations[]> {
  const readers = countReaders(operators);
  const owned = new Map<string, OwnNodes>();
  const written: WrittenActivations[] = [];
  for (const operator of operators) {
    const { inputs, outputs, type } = operator;
    const attributes = await tensorAttributes(operator, builder.fileName);
    const isOwn = (name: string) => standsOn(values.get(name), owned.get(name));
    const isOnlyReader = (name: string) => readers.get(name) === 1 && isOwn(name);
    const call = new OperatorCall(
      builder,
      operator,
      inputs.map((name) => (name ? values.get(name) : undefined)),
      version,
      (index) => isOnlyReader(inputs[index]),
      (name) => attributes.get(name),
    );
    const first = builder.nodeCount;
    runOperator(call).forEach((result, index) => {
      const name = outputs[index];
      if (!name) return;
      values.set(name, result);
      // An operator that was put into the nodes before it, or does nothing, hands them on.
      const handed = inputs.find((input) => values.get(input) === result && isOnlyReader(input));
      owned.set(name, owned.get(handed ?? '') ?? { first, end: builder.nodeCount });
      if (result.kind === 'nodes' && !MOVERS.has(type)) written.push({ ...result, name, operatorType: type });
    });
  }
  return written;
}

function countReaders(operators: readonly Operator[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const { inputs } of operators)
    for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

async function tensorAttributes({ attributes }: Operator, fileName: string) {
  const numbers = new Map<string, NumberTensor>();
  for (const [name, attribute] of attributes)
    if (attribute.kind === 'tensor') numbers.set(name, await readNumbers(attribute.value, fileName));
  return numbers;
}

/** Every element has a node of its own, among these. */
function standsOn(tensor: Tensor | undefined, own: OwnNodes | undefined): boolean {
  if (tensor?.kind !== 'nodes' || !own) return false;
  const { nodes } = tensor;
  return nodes.every((node) => node >= own.first && node < own.end) && new Set(nodes).size === nodes.length;
}

function runOperator(call: OperatorCall): readonly Tensor[] {
  const { operator, builder } = call;
  const { type, name, domain } = operator;
  try {
    const unknown = operator.inputs.find((input, index) => input && !call.has(index));
    if (unknown !== undefined) call.refuse(`reads "${unknown}", which is neither the first input nor known`);
    const handler = domain === '' ? HANDLERS.get(type) : undefined;
    if (!handler) call.refuse('is not simulated');
    const results = [handler(call)].flat();
    for (const result of results) {
      const count = result.kind === 'nodes' ? result.nodes.length : result.numbers.length;
      if (sizeOf(result.shape) !== count) call.refuse('meets shapes that do not fit');
    }
    return results;
  } catch (error) {
    if (!(error instanceof NotUnderstoodError)) throw error;
    throw new UnsupportedModelError(
      `The forward pass cannot be run as message passing: ${type} ${name ? `"${name}" ` : ''}${error.message}`,
      builder.fileName,
      'The rest of the page works for this network.',
    );
  }
}
