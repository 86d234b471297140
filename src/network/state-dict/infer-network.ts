/**
 * A bare state dict → Network. The family that its names are those of writes a program over its tensors; where there is
 * none, a chain of layers whose shapes fit does (./chain). The program is lowered as an exporter's would be.
 */
import { isFloatingPoint, type ModelFile, type StoredTensor } from '../../formats';
import type { Inference, Network } from '../network';
import { lowerOnnx } from '../onnx/lower-onnx';
import { UnsupportedModelError } from '../unsupported-model-error';
import { CHAIN } from './chain/chain';
import { FAMILIES } from './families';
import { bodyOf, type Family } from './family';
import { type Module, moduleTree } from './module';
import { MismatchError, OPSET, ProgramBuilder } from './program-builder';

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
  readonly builder: ProgramBuilder;
  /** Of all parameters, those that the program reads. */
  readonly share: number;
}

/** Reads a state dict. Throws UnsupportedModelError where neither a family nor a chain fits. */
export async function inferNetwork(model: ModelFile): Promise<Network> {
  const tensors = new Map(
    [...model.tensors].filter(([name, tensor]) => !NOT_LEARNED.test(name) && isPlausible(tensor)),
  );
  const tree = moduleTree(tensors);
  const refusals: string[] = [];
  const drafts: Draft[] = [];
  for (const root of possibleRoots(tree)) {
    for (const family of FAMILIES) {
      if (!bodyOf(family, root)) continue;
      const draft = write(family, root, tensors, model);
      if (typeof draft === 'string') refusals.push(draft);
      else drafts.push(draft);
    }
  }
  const [best] = drafts.filter(({ share }) => share >= LEAST_SHARE).sort((a, b) => b.share - a.share);
  if (best) return await lower(model, best);
  const chain = write(CHAIN, tree, tensors, model);
  if (typeof chain !== 'string') return await lower(model, chain);
  throw new UnsupportedModelError(
    refusals[0] ?? chain,
    model.fileName,
    'Export the network as ONNX, which keeps the connections.',
  );
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

/** A draft of the program, or why there is none. */
function write(
  family: Family,
  root: Module,
  tensors: ReadonlyMap<string, StoredTensor>,
  { settings = new Map(), isChannelsLast = false }: ModelFile,
): Draft | string {
  const builder = new ProgramBuilder(tensors);
  try {
    family.write(builder, { root, body: bodyOf(family, root) ?? root, settings, isChannelsLast });
  } catch (error) {
    if (!(error instanceof MismatchError)) throw error;
    return family === CHAIN ? error.message : `The file is named like ${family.name}, but ${error.message}`;
  }
  const size = (list: Iterable<StoredTensor>) =>
    [...list].reduce(
      (total, { type, elementCount }) => total + (isFloatingPoint(type) ? elementCount : 0),
      0,
    );
  return { family, root, builder, share: size(builder.read) / Math.max(1, size(tensors.values())) };
}

async function lower(model: ModelFile, { family, root, builder }: Draft): Promise<Network> {
  const network = await lowerOnnx({ ...model, opset: OPSET, program: builder.program });
  const unplacedReasons = new Map(network.unplacedReasons);
  const constants = new Set(network.constants);
  for (const [name, tensor] of model.tensors) {
    if (NOT_LEARNED.test(name)) constants.add(name);
    else if (!builder.read.has(tensor)) unplacedReasons.set(name, leftOver(family, tensor));
  }
  return {
    ...network,
    unplacedReasons,
    constants,
    unread: new Set(),
    inference: explain(family, root, builder),
  };
}

function leftOver(family: Family, tensor: StoredTensor): string {
  const { name, shape } = tensor;
  if (!isPlausible(tensor)) return `claims the shape ${shape.join('×')}, which no layer has`;
  if (family !== CHAIN) return `is no part of ${family.name}`;
  const module = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  return `belongs to "${module}", which fits no layer by its name or length`;
}

function explain(family: Family, root: Module, { assumptions }: ProgramBuilder): Inference {
  const within = root.path ? ` below "${root.path}"` : '';
  const reason =
    family === CHAIN
      ? 'The shapes of its weights fit one after the other, and its names are no known family’s'
      : `Named like ${family.name}: ${family.signs.slice(0, 3).join(', ')}, …${within}`;
  return { family: family.name, reason, assumptions: [...assumptions] };
}
