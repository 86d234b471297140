/**
 * Modules that stand in a state dict and take no part in the network: their norms are as they were made, while others have
 * seen batches. Running statistics change with the first batch, so that a module that was ever called cannot look like this.
 */
import { readTensor, type StoredTensor } from '../../formats';
import type { Module } from './module';

/** Longer ones are no statistics of channels. */
const MAX_CHANNELS = 2 ** 16;
/** Statistics of more norms are not read for this. */
const MAX_NORMS = 1000;

/** The outermost modules of which all norms are as they were made; none where no norm has seen a batch. */
export async function neverRun(root: Module): Promise<Module[]> {
  const norms = [...root.all()].filter((module) => statistics(module) !== undefined);
  if (norms.length === 0 || norms.length > MAX_NORMS) return [];
  const isNew = new Map<Module, boolean>();
  for (const norm of norms) isNew.set(norm, await isAsMade(norm));
  if (![...isNew.values()].includes(false)) return [];
  const find = (module: Module): Module[] => {
    const own = [...module.all()].flatMap((part) => isNew.get(part) ?? []);
    if (own.length > 0 && !own.includes(false)) return [module];
    return own.includes(true) ? [...module.children.values()].flatMap(find) : [];
  };
  return find(root);
}

function statistics({ tensors }: Module): [StoredTensor, StoredTensor] | undefined {
  const [mean, variance] = [tensors.get('running_mean'), tensors.get('running_var')];
  const isUsual = mean && variance && mean.elementCount === variance.elementCount;
  return isUsual && mean.elementCount > 0 && mean.elementCount <= MAX_CHANNELS ? [mean, variance] : undefined;
}

async function isAsMade(norm: Module): Promise<boolean> {
  const [mean, variance] = statistics(norm) ?? [];
  if (!mean || !variance) return false;
  const isAll = async (tensor: StoredTensor, wanted: number) =>
    (await readTensor(tensor)).every((value) => value === wanted);
  return (await isAll(mean, 0)) && (await isAll(variance, 1));
}
