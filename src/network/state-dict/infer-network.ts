/**
 * A bare state dict → Network. The family that its names are those of writes a program over its tensors; where there is
 * none, a chain of layers whose shapes fit does (./chain). The program is lowered as an exporter's would be.
 */
import { isFloatingPoint, type ModelFile, type StoredTensor } from '../../formats';
import type { Corrections, Inference, Network } from '../network';
import { lowerOnnx } from '../onnx/lower-onnx';
import { UnsupportedModelError } from '../unsupported-model-error';
import { refuseAdapters } from './adapters';
import { CHAIN } from './chain/chain';
import { Choices, CorrectionError } from './choices';
import { FAMILIES } from './families';
import { bodyOf, type Family } from './family';
import { InferenceBuilder, MismatchError, OPSET } from './inference-builder';
import { type Module, moduleTree } from './module';
import { neverRun } from './never-run';
import { withNumerics } from './numerics';
import { StoredFormError, usedWeights, type Weights } from './stored-weights';

/** What lies in state dicts beside parameters: counters, and tables that the network computes itself. */
const NOT_LEARNED =
  /(^|\.)(num_batches_tracked|position_ids|inv_freq|rope_freqs\.weight|rope_factors_(long|short)\.weight|rotary_emb\.\w+|h\.\d+\.attn\.(bias|masked_bias)|total_(ops|params)|n_averaged)$/;

/** A family that places less than this of the parameters is not what the file holds. */
const LEAST_SHARE = 0.5;

/** Of a file with several parts, at most so many are looked at by themselves. */
const MAX_PARTS = 16;

/** Longer axes are claims, not layers: the largest vocabularies have a million words. */
const MAX_AXIS = 2 ** 22;

const isPlausible = ({ shape }: StoredTensor) => shape.every((size) => size <= MAX_AXIS);

interface Draft {
  readonly family: Family;
  readonly root: Module;
  readonly builder: InferenceBuilder;
  /** Of all parameters, those that the program reads. */
  readonly share: number;
}

/** What the drafts are written from. */
interface Material {
  /** With the weights as the layers use them. */
  readonly model: ModelFile;
  /** Names of those that are no parameters, by their names. */
  readonly constants: ReadonlySet<string>;
  /** Those that may be parameters. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly tree: Module;
  readonly unused: readonly Module[];
}

/**
 * Reads a state dict, with what a person has corrected. Throws UnsupportedModelError where neither a family nor a chain fits,
 * or a correction does not.
 */
export async function inferNetwork(model: ModelFile, corrections: Corrections): Promise<Network> {
  refuseAdapters(model);
  const material = await prepare(model);
  const draft = findDraft(material);
  const corrected = Object.keys(corrections).length > 0 ? correct(draft, corrections, material) : draft;
  return await lower(corrected, material);
}

async function prepare(file: ModelFile): Promise<Material> {
  const isClaim = ([, tensor]: readonly [string, StoredTensor]) => !isPlausible(tensor);
  const claims = [...file.tensors].filter(isClaim);
  const used = readWeights(file, new Map([...file.tensors].filter((entry) => !isClaim(entry))));
  const isConstant = (name: string) => used.constants.has(name) || NOT_LEARNED.test(name);
  const all = new Map([...used.tensors].filter(([name]) => !isConstant(name)));
  const unused = await neverRun(moduleTree(all));
  const isUnused = (name: string) => unused.some(({ path }) => name.startsWith(`${path}.`));
  const tensors = new Map([...all].filter(([name]) => !isUnused(name)));
  const model = { ...file, tensors: new Map([...used.tensors, ...claims]) };
  const constants = new Set([...model.tensors.keys()].filter(isConstant));
  return { model, constants, tensors, tree: moduleTree(tensors), unused };
}

function readWeights({ fileName }: ModelFile, stored: ReadonlyMap<string, StoredTensor>): Weights {
  try {
    return usedWeights(stored);
  } catch (error) {
    if (!(error instanceof StoredFormError)) throw error;
    throw new UnsupportedModelError(
      error.message,
      fileName,
      'Save the network with plain weights (float32 or float16), or export it as ONNX.',
    );
  }
}

function findDraft(material: Material): Draft {
  const refusals: string[] = [];
  const drafts: Draft[] = [];
  for (const root of possibleRoots(material.tree)) {
    for (const family of FAMILIES) {
      if (!bodyOf(family, root)) continue;
      const draft = write(family, root, material);
      if (typeof draft === 'string') refusals.push(draft);
      else drafts.push(draft);
    }
  }
  const [best] = drafts.filter(({ share }) => share >= LEAST_SHARE).sort((a, b) => b.share - a.share);
  const draft = best ?? write(CHAIN, material.tree, material);
  if (typeof draft !== 'string') return draft;
  throw new UnsupportedModelError(
    refusals[0] ?? draft,
    material.model.fileName,
    'Export the network as ONNX, which keeps the connections.',
  );
}

/** The same draft written again, with what a person says. */
function correct({ family, root }: Draft, corrections: Corrections, material: Material): Draft {
  const refused = (what: string) =>
    new UnsupportedModelError(what, material.model.fileName, 'Choose something else, or take it back.');
  try {
    const draft = write(family, root, material, corrections);
    if (typeof draft === 'string') throw refused(`What was corrected does not fit: ${draft}`);
    draft.builder.choices.checkAllUsed();
    return draft;
  } catch (error) {
    throw error instanceof CorrectionError ? refused(error.message) : error;
  }
}

/** The whole tree, what remains without wrappers ("module.", "model."), and the parts of that. */
function possibleRoots(tree: Module): Module[] {
  const roots = [tree];
  let root = tree;
  while (root.tensors.size === 0 && root.children.size === 1) {
    root = [...root.children.values()][0];
    roots.push(root);
  }
  return [...roots, ...[...root.children.values()].slice(0, MAX_PARTS)];
}

/** A draft of the program, or why there is none. Throws CorrectionError. */
function write(
  family: Family,
  root: Module,
  { model, tensors }: Material,
  corrections: Corrections = {},
): Draft | string {
  const { settings = new Map(), isChannelsLast = false } = model;
  const builder = new InferenceBuilder(tensors, settings, new Choices(corrections), family.activation);
  try {
    family.write(builder, { root, body: bodyOf(family, root) ?? root, isChannelsLast });
  } catch (error) {
    if (!(error instanceof MismatchError)) throw error;
    return family === CHAIN ? error.message : `The file is named like ${family.name}, but ${error.message}`;
  }
  const parameters = [...tensors.values()].filter(({ type }) => isFloatingPoint(type));
  const size = (list: readonly StoredTensor[]) =>
    list.reduce((total, { elementCount }) => total + elementCount, 0);
  const read = parameters.filter((tensor) => builder.reads(tensor));
  return { family, root, builder, share: size(read) / Math.max(1, size(parameters)) };
}

async function lower({ family, root, builder }: Draft, material: Material): Promise<Network> {
  const { model, tensors, unused } = material;
  const lowered = await lowerOnnx({ ...model, opset: OPSET, program: builder.program });
  const program = withNumerics(builder.program, builder.shapes, family, builder.settings);
  const network = { ...lowered, program };
  const unplacedReasons = new Map(network.unplacedReasons);
  const constants = new Set([...network.constants, ...material.constants]);
  const unread = new Set<string>();
  for (const [name, tensor] of model.tensors) {
    if (material.constants.has(name)) continue;
    if (!tensors.has(name) && isPlausible(tensor)) unread.add(name);
    else if (!builder.reads(tensor)) unplacedReasons.set(name, leftOver(family, tensor));
  }
  if (unused.length > 0) builder.assume(describeUnused(unused));
  return { ...network, unplacedReasons, constants, unread, inference: explain(family, root, builder) };
}

/** Names so many modules. */
const MAX_NAMED = 6;

function describeUnused(unused: readonly Module[]): string {
  const named = unused.slice(0, MAX_NAMED).map(({ path }) => `"${path}"`);
  const more = unused.length > named.length ? ` and ${unused.length - named.length} more` : '';
  return `${named.join(', ')}${more} take no part, and are left out: their norms have never seen a batch, others have`;
}

function leftOver(family: Family, tensor: StoredTensor): string {
  const { name, shape } = tensor;
  if (!isPlausible(tensor)) return `claims the shape ${shape.join('×')}, which no layer has`;
  if (family !== CHAIN) return `is no part of ${family.name}`;
  const module = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  return `belongs to "${module}", which fits no layer by its name or length`;
}

function explain(family: Family, root: Module, { assumptions, choices }: InferenceBuilder): Inference {
  const within = root.path ? ` below "${root.path}"` : '';
  const reason =
    family === CHAIN
      ? 'The shapes of its weights fit one after the other, and its names are no known family’s'
      : `Named like ${family.name}: ${family.signs.slice(0, 3).join(', ')}, …${within}`;
  return { family: family.name, reason, assumptions: [...assumptions], choices: choices.all };
}
