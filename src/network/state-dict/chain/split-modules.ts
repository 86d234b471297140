/**
 * Modules as a chain wants them: each with one weight. Where several lie in one ("W1", "b1", "W2", "b2"), every weight becomes a
 * module of its own, with what is called like it, or else stands behind it in the file.
 */
import type { StoredTensor } from '../../../formats';
import { Module } from '../module';
import { isWeight } from './order';

/** What tells a weight from its bias; the rest of the name says whose they are. */
const ROLE = /(^|_)(weights?|kernels?|biase?s?|[wb])(?=[_\d]|$)/i;

/** What stands behind a weight under a name that tells nothing is taken for its bias. */
const BIAS = 'bias';

const ownerOf = (name: string) => (ROLE.test(name) ? name.replace(ROLE, '$1') : undefined);

/** All modules with tensors, below and with `root`. */
export function splitModules(root: Module): Module[] {
  return root.withTensors.flatMap((module) => {
    const weights = [...module.tensors].filter(([, tensor]) => isWeight(tensor));
    return weights.length > 1 ? split(module, weights) : [module];
  });
}

function split({ path, tensors }: Module, weights: readonly (readonly [string, StoredTensor])[]): Module[] {
  const parts = new Map(weights.map(([name]) => [name, new Module(path ? `${path}.${name}` : name)]));
  const byOwner = new Map([...parts].map(([name, part]) => [ownerOf(name), part]));
  let [last] = parts.values();
  for (const [name, tensor] of tensors) {
    const own = parts.get(name);
    const owner = ownerOf(name);
    const called = owner === undefined ? undefined : byOwner.get(owner);
    last = own ?? last;
    const part = own ?? called;
    if (part) part.tensors.set(name, tensor);
    else last.tensors.set(last.tensors.has(BIAS) ? name : BIAS, tensor);
  }
  return [...parts.values()];
}
