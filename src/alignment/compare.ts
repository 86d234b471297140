/**
 * Two models compared modulo the order of neurons: the permutation of the second that makes it most like the first, and how
 * much of a difference is left.
 */
import { type ParameterGraph, seededRandom } from '../graph';
import { newPace, type Pace, partOfWork, type WorkOptions } from '../pace';
import {
  haveSameArchitecture,
  type LayerMatch,
  matchLayers,
  type SettingDifference,
  settingDifferences,
} from './architecture';
import { findClasses, isAmbiguous, type ModelValues, pairInOrder } from './classes';
import { type TensorDifference, tensorDifferences, type Verdict, verdictOf } from './differences';
import { asPermutation, type Elements, elementsOf, type Partners } from './elements';
import { matchWeights } from './matching';
import { alignedValues, newProblem } from './similarity';

export interface ComparedModel {
  readonly graph: ParameterGraph;
  /** Per block, in edge order, as `readAllValues` gives them. */
  readonly values: ModelValues;
}

export interface AlignedModels {
  readonly kind: 'aligned';
  /** Entry i is the number that node i of the second model has in the first: [nodeCount]. */
  readonly permutation: Int32Array;
  /** The second model's values in the first one's order, per block. */
  readonly aligned: ModelValues;
  /** `matching` is not needed where fingerprints alone tell all neurons apart. */
  readonly foundBy: 'fingerprints' | 'matching';
  readonly tensors: readonly TensorDifference[];
  /** Activations, norms, pooling and strides that are not the same, as far as the files tell them. */
  readonly settings: readonly SettingDifference[];
  readonly verdict: Verdict;
  /** Elements of either model that are on no edge, and were not compared. */
  readonly uncompared: { readonly first: number; readonly second: number };
}

export interface DifferentArchitectures {
  readonly kind: 'differentArchitectures';
  readonly layers: readonly LayerMatch[];
}

/** The same two models always have the same level of chance. */
const CHANCE_SEED = 1;
/** Of the work, for models that are different: as much again goes into the level of chance. */
const HALF = 0.5;

/**
 * Compares two models. Throws UnsupportedModelError where layers are too wide to be matched, and the signal's reason when
 * it is aborted.
 */
export async function compareModels(
  first: ComparedModel,
  second: ComparedModel,
  options: WorkOptions = {},
): Promise<AlignedModels | DifferentArchitectures> {
  const { graph } = first;
  if (!haveSameArchitecture(graph, second.graph)) {
    return { kind: 'differentArchitectures', layers: matchLayers(graph, second.graph) };
  }
  const pace = newPace(options);
  const elements = elementsOf(graph);
  const differencesTo = (before: ModelValues, after: ModelValues) =>
    tensorDifferences({ first: graph, second: second.graph }, first.values, { before, after });
  const settings = settingDifferences(graph, second.graph);
  const verdict = () => verdictOf(tensors, settings.length === 0);
  const found = await align(first, second.values, elements, partOfWork(pace, 0, HALF));
  let tensors = differencesTo(second.values, found.aligned);
  if (verdict().kind === 'different') {
    const noise = redrawn(second.values);
    const chance = await align(first, noise, elements, partOfWork(pace, HALF, 1));
    const reached = differencesTo(noise, chance.aligned);
    tensors = tensors.map((tensor, index) => ({ ...tensor, chance: reached[index].after.cosine }));
  }
  options.onProgress?.(1);
  return {
    kind: 'aligned',
    permutation: asPermutation(graph, elements, found.partners),
    aligned: found.aligned,
    foundBy: found.by,
    tensors,
    settings,
    verdict: verdict(),
    uncompared: { first: uncompared(graph), second: uncompared(second.graph) },
  };
}

interface Found {
  readonly partners: Partners;
  readonly aligned: ModelValues;
  readonly by: AlignedModels['foundBy'];
}

async function align(
  { graph, values: first }: ComparedModel,
  second: ModelValues,
  elements: Elements,
  pace: Pace,
): Promise<Found> {
  const values = { first, second };
  const classes = await findClasses(graph, elements, values, pace);
  const inOrder = (partners: Partners) =>
    graph.blocks.map((block, index) => alignedValues(block, graph, elements, partners, second[index]));
  const partners = pairInOrder(elements, classes);
  const aligned = inOrder(partners);
  const isOpen = elements.trees.some((tree) => isAmbiguous(elements, tree, classes));
  // Neurons that nothing tells apart may stand for each other; if not, they have to be matched.
  if (!isOpen || areEqual(first, aligned)) return { partners, aligned, by: 'fingerprints' };
  const matched = await matchWeights(newProblem(graph, elements, values), classes, pace);
  return { partners: matched, aligned: inOrder(matched), by: 'matching' };
}

/** Values drawn from those of each block: as large, and nothing like the network. No block is the old one reordered. */
function redrawn(values: ModelValues): Float32Array[] {
  const random = seededRandom(CHANCE_SEED);
  return values.map((own) => own.map(() => own[Math.floor(random() * own.length)]));
}

const uncompared = ({ parameters }: ParameterGraph) => parameters.all - parameters.placed;

const areEqual = (first: ModelValues, second: ModelValues) =>
  first.every((values, block) =>
    values.every((value, edge) => value === second[block][edge] || Object.is(value, second[block][edge])),
  );
