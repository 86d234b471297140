/** From what the pickle of a file holds to a ModelFile: the network's tensors by their names, and what to say of them. */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { className, isObject, type PickleSession, type PickleValue } from '../pickle';
import { RefusedTensors } from '../refused-tensors';
import type { StoredTensor } from '../tensor';
import { chooseState, isWeight } from './choose-state';
import { describeContents, isStatistic, listed } from './describe';
import type { FindStorage } from './storage';
import { tensorReader } from './tensors';
import type { SavedNames } from './torch-script';
import { isModule, type NamedTensor, newWalk } from './walk';

export interface Contents {
  readonly source: ByteSource;
  /** The form of the file, in words. */
  readonly variant: string;
  readonly root: PickleValue;
  readonly findStorage: FindStorage;
  readonly session: PickleSession;
  readonly warnings?: readonly string[];
  /** TorchScript: which of an object's tensors are parameters and buffers. */
  readonly savedNames?: SavedNames;
}

/** What wrappers put before every name: torch.nn.DataParallel, torch.compile. */
const WRAPPER_PREFIXES = ['module.', '_orig_mod.'];
/** Wrappers around wrappers. */
const MAX_WRAPPERS = 4;

/** Throws FormatError where the file holds no network, saying what it holds. */
export function toModelFile({
  source,
  variant,
  root,
  findStorage,
  session,
  warnings: given = [],
  savedNames,
}: Contents): ModelFile {
  const walk = newWalk(tensorReader(findStorage, source.name), source.name, savedNames);
  const state = chooseState(walk, root);
  const warnings = [...given];
  const prefix = wrapperPrefix(state.tensors);
  if (prefix) {
    warnings.push(`All names begin with "${prefix}", which a wrapper of the network adds; it was taken off.`);
  }
  if (state.leftOut.length > 0) {
    warnings.push(
      `The network was taken from "${state.path.join('.')}"; the file also holds ${listed(state.leftOut)}, left out here.`,
    );
  }
  const refused = new RefusedTensors();
  const tensors = storedTensors(state.tensors, prefix, refused, warnings);
  warnings.push(...refused.warnings);
  const isNetwork = state.tensors.some((tensor) => isWeight(tensor) && !isStatistic(tensor));
  if (tensors.size === 0 || !isNetwork) {
    throw new FormatError(
      `The file holds no network: it is ${describeContents(root, state.tensors)}`,
      source.name,
      'Open a file with the weights of a network: torch.save(model.state_dict(), …).',
    );
  }
  if (isObject(state.value) && isModule(state.value)) state.metadata.set('class', className(state.value));
  return {
    format: 'pytorch',
    variant,
    fileName: source.name,
    byteLength: source.byteLength,
    metadata: state.metadata,
    tensors,
    refused: refused.names,
    warnings,
    pythonImports: session.imports.all,
  };
}

function wrapperPrefix(tensors: readonly NamedTensor[]): string {
  let prefix = '';
  for (let wrappers = 0; wrappers < MAX_WRAPPERS; wrappers++) {
    const next = WRAPPER_PREFIXES.find(
      (candidate) => tensors.length > 0 && tensors.every(({ name }) => name.startsWith(prefix + candidate)),
    );
    if (!next) break;
    prefix += next;
  }
  return prefix;
}

/** The tensors that can be read. */
function storedTensors(
  found: readonly NamedTensor[],
  prefix: string,
  refused: RefusedTensors,
  warnings: string[],
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const doubled: string[] = [];
  for (const { name: fullName, tensor } of found) {
    const name = fullName.slice(prefix.length);
    if (tensor.kind === 'unreadable') {
      refused.add(name, tensor.reason);
    } else if (tensors.has(name)) {
      doubled.push(name);
    } else {
      const { type, shape, elementCount, storage } = tensor;
      tensors.set(name, { name, type, shape, elementCount, storage });
    }
  }
  if (doubled.length > 0) {
    warnings.push(`Several tensors share a name (${listed(doubled)}); all but the first are left out.`);
  }
  return tensors;
}
