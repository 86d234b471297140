/** What a file held, what became of each of its tensors, and what is missing: for people, and as JSON for programs. */
import type { ModelFile, PythonImport, StoredTensor } from '../formats';
import { isFloatingPoint } from '../formats';
import type { EdgeKind, ParameterGraph } from '../graph';
import type { Inference, Network, NotUnderstood } from '../network';

/**
 * parameter: wholly on edges · partial: some of it · missing: none, though it is a parameter · constant: of the
 * computation (an epsilon, axes, a counter), not learned · unread: no operator reads it.
 */
export type TensorFate = 'parameter' | 'partial' | 'missing' | 'constant' | 'unread';

export interface TensorReport {
  readonly name: string;
  readonly shape: readonly number[];
  /** The element type, or how the elements are packed: "Q4_K". */
  readonly type: string;
  readonly elementCount: number;
  readonly fate: TensorFate;
  /** Elements that lie on edges. */
  readonly placed: number;
  /** The kinds of edges that carry it. */
  readonly edges: readonly EdgeKind[];
  /** The layers that read it; several share it. */
  readonly layers: readonly string[];
  /** Why it is not placed, or not wholly. */
  readonly reason: string | undefined;
}

export interface ImportReport {
  readonly file: {
    readonly name: string;
    readonly byteLength: number;
    readonly format: ModelFile['format'];
    readonly variant: string | undefined;
    readonly producer: string | undefined;
    readonly opset: number | undefined;
  };
  readonly parameters: { readonly placed: number; readonly all: number };
  /** How the connections were found, where the file does not state them. */
  readonly inference: Inference | undefined;
  readonly tensors: readonly TensorReport[];
  readonly notUnderstood: readonly NotUnderstood[];
  readonly warnings: readonly string[];
  /** What loading the file in Python would import and call. */
  readonly pythonImports: readonly PythonImport[];
}

export function importReport(file: ModelFile, network: Network, graph: ParameterGraph): ImportReport {
  const { format, variant, fileName, byteLength, producer, opset, warnings, pythonImports } = file;
  const uses = usesOf(network, graph);
  const reasons = new Map(graph.unplaced.map(({ name, reason }) => [name, reason]));
  return {
    file: { name: fileName, byteLength, format, variant, producer, opset },
    parameters: graph.parameters,
    inference: network.inference,
    tensors: [...network.tensors.values()].map((tensor) =>
      tensorReport(tensor, network, uses.get(tensor.name), reasons.get(tensor.name)),
    ),
    notUnderstood: network.notUnderstood,
    warnings,
    pythonImports: pythonImports ?? [],
  };
}

interface Uses {
  placed: number;
  readonly edges: Set<EdgeKind>;
  readonly layers: Set<string>;
}

function usesOf({ layers }: Network, { blocks }: ParameterGraph): Map<string, Uses> {
  const uses = new Map<string, Uses>();
  for (const { values, kind, edgeCount, layer } of blocks) {
    if (values.kind === 'constant') continue;
    const { name } = values.tensor;
    const use = uses.get(name) ?? { placed: 0, edges: new Set(), layers: new Set() };
    uses.set(name, use);
    use.placed += edgeCount;
    use.edges.add(kind);
    use.layers.add(layers[layer].name);
  }
  return uses;
}

function tensorReport(
  { name, shape, type, encoding, elementCount }: StoredTensor,
  network: Network,
  use: Uses | undefined,
  reason: string | undefined,
): TensorReport {
  // A tensor that two layers share is on more edges than it has elements.
  const placed = Math.min(elementCount, use?.placed ?? 0);
  const fate = (): TensorFate => {
    if (placed > 0) return placed === elementCount ? 'parameter' : 'partial';
    if (network.unread.has(name)) return 'unread';
    return network.constants.has(name) || !isFloatingPoint(type) ? 'constant' : 'missing';
  };
  return {
    name,
    shape,
    type: encoding ?? type,
    elementCount,
    fate: fate(),
    placed,
    edges: [...(use?.edges ?? [])],
    layers: [...(use?.layers ?? [])],
    reason,
  };
}
