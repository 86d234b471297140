/**
 * A TensorFlow Lite graph as a program in ONNX's words, which the one lowering then reads. Values keep their names and
 * their layout (channels last). An operator that has no translation stands in the program under its own name.
 */
import type { Program, ValueInfo } from '../model-file';
import type { StoredTensor } from '../tensor';
import { findFusions } from './fusions';
import { findChannelAxis } from './input-layout';
import type { OperatorEntry, TfliteModel } from './model';
import { OperatorGraph } from './operator-graph';
import { TRANSLATIONS } from './operators';
import { OperatorList, TfliteCall, UntranslatableError } from './program';
import type { Tensor } from './tensors';

/** Domain of operators that have no translation. */
const OWN_DOMAIN = 'tflite';

/** ONNX's numbers of element types: real values, and ids. */
const FLOAT = 1;
const INT64 = 7;

/** Along one axis of an input: real ones stay far below. */
const MAX_INPUT_SIZE = 2 ** 21;

/** Operators that are listed one by one where they are not read. */
const MAX_LISTED = 20;

/** Fields of the options that name subgraphs. */
const BODIES = new Map<string, readonly number[]>([
  ['CALL', [0]],
  ['CALL_ONCE', [0]],
  ['IF', [0, 1]],
  ['WHILE', [0, 1]],
]);
/** Bodies within bodies. */
const MAX_DEPTH = 8;
const COMPOSITE = 'STABLEHLO_COMPOSITE';
/** Field of a composite's options: the subgraph that says what it does. */
const DECOMPOSITION = 1;

export class Translation {
  readonly tensors = new Map<string, StoredTensor>();
  readonly #builder: OperatorList;
  readonly #untranslated: string[] = [];
  readonly #usedSubgraphs = new Set<number>([0]);

  constructor(readonly model: TfliteModel) {
    this.#builder = new OperatorList(model.context.names);
  }

  /** Translates the first subgraph. Throws FormatError. */
  async run(): Promise<Program> {
    const subgraph = await this.model.subgraph(0);
    const graph = new OperatorGraph(subgraph);
    const inputs: ValueInfo[] = [];
    for (const index of subgraph.inputs) {
      const { name, shape } = subgraph.tensors[index];
      if (shape.some((size) => size > MAX_INPUT_SIZE)) {
        const { file } = this.model.context;
        throw file.damaged(
          `The input "${name}" claims the shape ${shape.join('×')}`,
          this.model.root.position,
        );
      }
      inputs.push(await inputInfo(graph, index));
    }
    await this.#addOperators(graph, 0);
    const outputs = subgraph.outputs.map((index): ValueInfo => {
      const { name, shape } = subgraph.tensors[index];
      return { name, shape, elementType: FLOAT };
    });
    return { inputs, outputs, operators: this.#builder.operators };
  }

  get warnings(): string[] {
    const warnings = this.#untranslated.slice(0, MAX_LISTED);
    const more = this.#untranslated.length - warnings.length;
    if (more > 0) warnings.push(`${more} more operators are in a form that is not read.`);
    const others = this.model.subgraphPlaces.length - this.#usedSubgraphs.size;
    if (others > 0) {
      warnings.push(
        `The file holds ${others === 1 ? 'another graph' : `${others} other graphs`} beside the first, not shown here.`,
      );
    }
    return warnings;
  }

  async #addOperators(graph: OperatorGraph, depth: number): Promise<void> {
    const { tensors } = graph.subgraph;
    for (const { name, stored } of tensors) if (stored) this.tensors.set(name, stored);
    const fusions = await findFusions(graph);
    const absorbed = new Set([...fusions.values()].flatMap((fusion) => [...fusion.absorbed]));
    for (const operator of graph.subgraph.operators) {
      if (absorbed.has(operator)) continue;
      const call = new TfliteCall(
        this.#builder,
        operator.type,
        operator.inputs.map((index) => tensors[index]),
        operator.outputs.map((index) => tensors[index]),
        operator.options,
      );
      const { operators } = this.#builder;
      const before = operators.length;
      try {
        const fusion = fusions.get(operator);
        const translate = operator.isCustom ? undefined : TRANSLATIONS.get(operator.type);
        if (fusion) fusion.write(call);
        else if (translate) await translate(call);
        else if (operator.type === COMPOSITE) await this.#addComposite(operator, call, depth);
        else await this.#addUnknown(operator, call);
      } catch (error) {
        if (!(error instanceof UntranslatableError)) throw error;
        operators.length = before;
        this.#untranslated.push(`${operator.type} "${call.name}" is not read: it ${error.message}.`);
        await this.#addUnknown(operator, call);
      }
    }
  }

  /** The operator under its own name. It reads the weights of its bodies, so that they are counted with it. */
  async #addUnknown(operator: OperatorEntry, call: TfliteCall): Promise<void> {
    const names = (tensors: readonly (Tensor | undefined)[]) => tensors.map((tensor) => tensor?.name ?? '');
    const inputs = names(call.inputs);
    await this.#addHiddenWeights(operator, call.name, inputs, 0);
    this.#builder.add(call.name, operator.type, inputs, names(call.outputs), {}, OWN_DOMAIN);
  }

  /** Adds the names of the weights in the bodies of an operator to `names`. A body that is met twice has been counted. */
  async #addHiddenWeights(
    { type, options, isCustom }: OperatorEntry,
    prefix: string,
    names: string[],
    depth: number,
  ): Promise<void> {
    const fields = isCustom ? undefined : BODIES.get(type);
    if (!fields || !options || depth >= MAX_DEPTH) return;
    for (const index of fields.map((field) => options.int32(field))) {
      if (this.#usedSubgraphs.has(index)) continue;
      this.#usedSubgraphs.add(index);
      const body = await this.model.subgraph(index, `${prefix}/`);
      for (const { name, stored, isReal } of body.tensors) {
        if (!stored || !isReal || stored.elementCount === 1) continue;
        this.tensors.set(name, stored);
        names.push(name);
      }
      for (const inner of body.operators) await this.#addHiddenWeights(inner, prefix, names, depth + 1);
    }
  }

  /** Puts the operators that a composite stands for in its place. */
  async #addComposite({ options2 }: OperatorEntry, call: TfliteCall, depth: number): Promise<void> {
    const index = options2?.int32(DECOMPOSITION) ?? -1;
    if (depth >= MAX_DEPTH || index < 1) throw new UntranslatableError('says nowhere what it does');
    this.#usedSubgraphs.add(index);
    const body = await this.model.subgraph(index, `${call.name}/`);
    const tensors = [...body.tensors];
    body.inputs.forEach((input, position) => {
      tensors[input] = call.tensor(position);
    });
    const graph = new OperatorGraph({ ...body, tensors });
    const copies = bindOutputs(graph, tensors, call);
    await this.#addOperators(graph, depth + 1);
    for (const [from, to] of copies) this.#builder.add(to, 'Identity', [from], [to]);
  }
}

/** Gives the results of a body the names that the caller knows. What is handed through needs a copy. */
function bindOutputs(graph: OperatorGraph, tensors: Tensor[], call: TfliteCall): [string, string][] {
  const copies: [string, string][] = [];
  const bound = new Set<number>();
  call.outputs.forEach((output, position) => {
    const index = graph.subgraph.outputs[position];
    if (index === undefined) throw new UntranslatableError('has more results than its graph');
    if (graph.writer(index) && !bound.has(index)) tensors[index] = output;
    else copies.push([tensors[index].name, output.name]);
    bound.add(index);
  });
  return copies;
}

/** Integers are ids that look something up, unless they are a picture's pixels or stand for real values. */
async function inputInfo(graph: OperatorGraph, index: number): Promise<ValueInfo> {
  const { name, shape, typeName, isReal } = graph.subgraph.tensors[index];
  const isIds = !isReal && shape.length < 4 && typeName !== 'uint8' && typeName !== 'int8';
  return {
    name,
    shape: shape.map((size) => (size < 1 ? '?' : size)),
    elementType: isIds ? INT64 : FLOAT,
    channelAxis: isIds ? undefined : await findChannelAxis(graph, index),
  };
}
