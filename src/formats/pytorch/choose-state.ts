/**
 * Which part of a checkpoint is the network: {'state_dict': …, 'optimizer': …, 'epoch': …} and its many relatives.
 * What is left out is told; numbers and texts beside the network become metadata.
 */
import { entriesOf, type PickleValue } from '../pickle';
import { isFloatingPoint } from '../tensor';
import { collectScalars } from './scalars';
import {
  type Child,
  holdsNoNetwork,
  isModule,
  isOptimizer,
  keyText,
  type NamedTensor,
  tensorsBelow,
  type Walk,
} from './walk';

export interface ChosenState {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  readonly value: PickleValue;
  readonly tensors: readonly NamedTensor[];
  /** Other parts that hold weights, by their keys. */
  readonly leftOut: readonly string[];
  readonly metadata: Map<string, string>;
}

/** Where people keep the network, the likeliest first. An average of the weights counts if there is nothing else. */
const PREFERRED = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model_dict',
  'model',
  'module',
  'net_state_dict',
  'net',
  'network',
  'params',
  'weights_dict',
  'ema_state_dict',
  'state_dict_ema',
  'model_ema',
  'params_ema',
  'ema',
];

/** A checkpoint is not nested deeper than this before its network begins. */
const MAX_LEVELS = 8;

function childrenOf(value: PickleValue): Child[] {
  if (Array.isArray(value)) return value.map((child, index) => [index, child]);
  return isModule(value) || isOptimizer(value) ? [] : [...(entriesOf(value) ?? [])];
}

export const isWeight = ({ tensor }: NamedTensor) =>
  tensor.kind === 'unreadable' || (isFloatingPoint(tensor.type) && tensor.shape.length >= 2);

/** More than a number: losses and scores are tensors, too. */
const isVector = ({ tensor }: NamedTensor) =>
  tensor.kind === 'unreadable' || (isFloatingPoint(tensor.type) && tensor.elementCount > 1);

export function chooseState(walk: Walk, root: PickleValue): ChosenState {
  const path: string[] = [];
  const leftOut: string[] = [];
  const metadata = new Map<string, string>();
  let value = root;
  while (path.length < MAX_LEVELS) {
    const children = childrenOf(value);
    const networks = children
      .filter(([key, child]) => !walk.readTensor(child) && !holdsNoNetwork(key, child))
      .map((child) => ({ child, tensors: tensorsBelow(walk, child[1]) }));
    const chosen = preferredOf(networks) ?? onlyOne(walk, children, networks);
    collectScalars(
      walk,
      children.filter((child) => child !== chosen),
      path,
      metadata,
    );
    if (!chosen) break;
    for (const { child, tensors } of networks) {
      if (child !== chosen && tensors.some(isWeight)) leftOut.push([...path, keyText(child[0])].join('.'));
    }
    path.push(keyText(chosen[0]));
    value = chosen[1];
  }
  return { path, value, tensors: tensorsBelow(walk, value), leftOut, metadata };
}

interface Candidate {
  readonly child: Child;
  readonly tensors: readonly NamedTensor[];
}

function preferredOf(networks: readonly Candidate[]): Child | undefined {
  for (const wanted of PREFERRED) {
    const found = networks.find(({ child, tensors }) => child[0] === wanted && tensors.some(isWeight));
    if (found) return found.child;
  }
  return undefined;
}

/** The one part that holds anything, whatever its name: [state, optimizer state], {'generator': …}. */
function onlyOne(walk: Walk, children: readonly Child[], networks: readonly Candidate[]): Child | undefined {
  const isTensorItself = ([, value]: Child) => {
    const tensor = walk.readTensor(value);
    return tensor !== undefined && isVector({ name: '', tensor });
  };
  if (children.some(isTensorItself)) return undefined;
  const [first, ...more] = networks.filter(({ tensors }) => tensors.some(isVector));
  // The parameters of one layer are no checkpoint: their common name is worth keeping.
  return first && more.length === 0 && first.tensors.length > 2 ? first.child : undefined;
}
