/**
 * The graphs of an ONNX file → one program in which a name means one value: calls of the model's own functions are replaced
 * by their bodies, and names within bodies that are taken elsewhere get the operator's name before them.
 */
import { FormatError } from '../format-error';
import type { Attribute, Operator, Program, ValueInfo } from '../model-file';
import type { StoredTensor } from '../tensor';
import {
  functionKey,
  MAX_OPERATORS,
  type RawAttribute,
  type RawFunction,
  type RawGraph,
  type RawNode,
} from './graph-proto';
import { sortOperators } from './sort-operators';

/** Functions that call functions. */
const MAX_CALL_DEPTH = 64;
/** Of an operator's name that stands before another, so that names stay short however deep the bodies lie. */
const MAX_PREFIX = 64;

export interface ResolvedModel {
  readonly program: Program;
  /** The initializers of all graphs. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export function resolveModel(
  graph: RawGraph,
  functions: ReadonlyMap<string, RawFunction>,
  fileName: string,
): ResolvedModel {
  const resolver = new Resolver(functions, fileName);
  const program = resolver.graph(graph, new Scope(), '', new Map());
  return { program, tensors: resolver.tensors };
}

/** What names mean within one graph, or one call of a function. */
class Scope {
  readonly #meanings = new Map<string, string>();

  constructor(readonly parent?: Scope) {}

  set(name: string, meaning: string): void {
    this.#meanings.set(name, meaning);
  }

  has(name: string): boolean {
    return this.#meanings.has(name);
  }

  lookUp(name: string): string {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const meaning = scope.#meanings.get(name);
      if (meaning !== undefined) return meaning;
    }
    return name;
  }
}

type Attributes = ReadonlyMap<string, Attribute>;

class Resolver {
  readonly tensors = new Map<string, StoredTensor>();
  readonly #taken = new Map<string, number>();
  readonly #calls: string[] = [];
  #operatorCount = 0;

  constructor(
    readonly functions: ReadonlyMap<string, RawFunction>,
    readonly fileName: string,
  ) {}

  /** `within`: the operator that holds the graph; `given`: attributes that references in it mean. */
  graph(raw: RawGraph, scope: Scope, within: string, given: Attributes): Program {
    for (const tensor of raw.tensors) {
      const name = this.#declare(tensor.name, scope, within);
      this.tensors.set(name, name === tensor.name ? tensor : { ...tensor, name });
    }
    // Old files list every initializer among the inputs too.
    const inputs = raw.inputs.filter(({ name }) => !scope.has(name));
    const declared = (value: ValueInfo) => ({ ...value, name: this.#declare(value.name, scope, within) });
    const resolved = inputs.map(declared);
    const operators = this.#body(raw.nodes, scope, within, given);
    const outputs = raw.outputs.map((value) => ({ ...value, name: scope.lookUp(value.name) }));
    return { inputs: resolved, outputs, operators };
  }

  #body(nodes: readonly RawNode[], scope: Scope, within: string, given: Attributes): readonly Operator[] {
    for (const { outputs } of nodes) {
      for (const name of outputs) if (name && !scope.has(name)) this.#declare(name, scope, within);
    }
    const operators = nodes.flatMap((node) => this.#node(node, scope, within, given));
    return sortOperators(operators, this.fileName);
  }

  /** Gives a name of this scope a meaning that nothing else in the file has. */
  #declare(name: string, scope: Scope, within: string): string {
    let meaning = name;
    if (this.#taken.has(name)) {
      const prefixed = `${within.slice(0, MAX_PREFIX)}/${name}`;
      const count = this.#taken.get(prefixed) ?? 0;
      this.#taken.set(prefixed, count + 1);
      meaning = count === 0 ? prefixed : `${prefixed} (${count + 1})`;
    }
    this.#taken.set(meaning, this.#taken.get(meaning) ?? 1);
    scope.set(name, meaning);
    return meaning;
  }

  #node(node: RawNode, scope: Scope, within: string, given: Attributes): readonly Operator[] {
    this.#operatorCount++;
    if (this.#operatorCount > MAX_OPERATORS) {
      throw this.#refuse(
        `The model has more than ${MAX_OPERATORS} operators, its functions written out`,
        node,
      );
    }
    const name = within ? `${within}/${node.name}` : node.name;
    const attributes = new Map<string, Attribute>();
    for (const [key, raw] of node.attributes) {
      const attribute = this.#attribute(raw, scope, name, given);
      if (attribute) attributes.set(key, attribute);
    }
    const inputs = node.inputs.map((input) => input && scope.lookUp(input));
    const outputs = node.outputs.map((output) => output && scope.lookUp(output));
    const operator = { name, type: node.type, domain: node.domain, inputs, outputs, attributes };
    const key = functionKey(node.domain, node.type, node.overload);
    const called = this.functions.get(key);
    return called ? this.#call(operator, called, key) : [operator];
  }

  #attribute(raw: RawAttribute, scope: Scope, within: string, given: Attributes): Attribute | undefined {
    switch (raw.kind) {
      case 'reference':
        return given.get(raw.name);
      case 'graph':
        return { kind: 'program', value: this.graph(raw.value, new Scope(scope), within, given) };
      default:
        return raw;
    }
  }

  /** The body of a function in place of its call. */
  #call(call: Operator, { inputs, outputs, defaults, nodes }: RawFunction, key: string): readonly Operator[] {
    if (this.#calls.includes(key)) throw this.#refuse(`Function "${call.type}" calls itself`, call);
    if (this.#calls.length >= MAX_CALL_DEPTH) {
      throw this.#refuse(`Functions call one another more than ${MAX_CALL_DEPTH} deep`, call);
    }
    const given = new Map(call.attributes);
    for (const [name, raw] of defaults) {
      const attribute = given.has(name) ? undefined : this.#attribute(raw, new Scope(), call.name, new Map());
      if (attribute) given.set(name, attribute);
    }
    const scope = new Scope();
    inputs.forEach((name, index) => {
      scope.set(name, call.inputs[index] ?? '');
    });
    const handedOn: Operator[] = [];
    outputs.forEach((name, index) => {
      const meaning = call.outputs[index];
      if (!meaning) return;
      // An input that is an output as it is has two names from here on.
      if (!scope.has(name)) scope.set(name, meaning);
      else handedOn.push(identity(call, scope.lookUp(name), meaning));
    });
    this.#calls.push(key);
    const body = this.#body(nodes, scope, call.name.slice(-MAX_PREFIX), given);
    this.#calls.pop();
    return [...body, ...handedOn];
  }

  #refuse(what: string, { type, name }: Pick<Operator, 'type' | 'name'>): FormatError {
    return new FormatError(
      what,
      `${this.fileName}, ${type} "${name.slice(0, MAX_PREFIX)}"`,
      'Export the model again with its functions written out.',
    );
  }
}

const identity = ({ name }: Operator, input: string, output: string): Operator => ({
  ...{ name, type: 'Identity', domain: '', inputs: [input], outputs: [output] },
  attributes: new Map(),
});
