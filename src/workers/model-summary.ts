/** What the page is told of a model that was opened. */
import type { ModelFile, StoredTensor } from '../formats';
import { type GraphShape, type ParameterGraph, shapeOfGraph } from '../graph';
import type { Network } from '../network';
import { type ImportReport, importReport, type KnownAccuracy, knownAccuracy, structureOf } from '../tasks';

export interface TensorSummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly elementCount: number;
}

export interface LayerSummary {
  readonly index: number;
  readonly name: string;
  readonly kind: Network['layers'][number]['operation']['kind'];
  readonly tensors: readonly TensorSummary[];
  /** Edge blocks that belong to it. */
  readonly blocks: readonly number[];
}

export interface ModelSummary {
  readonly fileName: string;
  readonly report: ImportReport;
  readonly layers: readonly LayerSummary[];
  readonly graph: GraphShape;
  /** What the file's own metadata say of its accuracy (networks of the zoo do). */
  readonly known: KnownAccuracy | undefined;
  /** Whether the graph's values are tensors of the file as any other reader has them: none is derived, none in a form of its own. */
  readonly areTensorsInFile: boolean;
  /** Where the connections were inferred: the same for files with the same names and shapes. */
  readonly structure: string | undefined;
}

export function summariseModel(file: ModelFile, network: Network, graph: ParameterGraph): ModelSummary {
  return {
    fileName: file.fileName,
    report: importReport(file, network, graph),
    layers: summariseLayers(network, graph),
    graph: shapeOfGraph(graph),
    known: knownAccuracy(file),
    areTensorsInFile: graph.blocks.every(
      ({ values }) => values.kind === 'constant' || isInFile(file, values.tensor),
    ),
    structure: network.inference && structureOf(file.tensors.values()),
  };
}

const isInFile = ({ tensors }: ModelFile, tensor: StoredTensor) =>
  tensors.get(tensor.name) === tensor && tensor.storage.kind !== 'encoded';

function summariseLayers({ layers }: Network, graph: ParameterGraph): LayerSummary[] {
  return layers.map(({ name, operation }, index) => {
    const blocks = graph.blocks.flatMap((block, number) => (block.layer === index ? [number] : []));
    const tensors = new Map<string, TensorSummary>();
    for (const block of blocks) {
      const { values } = graph.blocks[block];
      if (values.kind === 'constant') continue;
      const { name: tensorName, shape, type, elementCount } = values.tensor;
      tensors.set(tensorName, { name: tensorName, shape, type, elementCount });
    }
    return { index, name, kind: operation.kind, tensors: [...tensors.values()], blocks };
  });
}
