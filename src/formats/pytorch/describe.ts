/** What a file holds that holds no network, in a sentence for the person who opened it. */
import { className, entriesOf, formatValue, isObject, type PickleValue } from '../pickle';
import { isOptimizer, keyText, type NamedTensor } from './walk';

const MAX_NAMES = 4;

/** What is computed from weights or data, and is no weight itself. */
const STATISTICS = new Set(
  'mean std var variance min max median mode sum count histogram quantile quantiles percentiles skew kurtosis'.split(
    ' ',
  ),
);

export const isStatistic = ({ name }: NamedTensor) =>
  name.split('.').some((part) => STATISTICS.has(part.toLowerCase()));

/** The first few names, in quotes. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => `"${name.slice(0, 60)}"`);
  return names.length > MAX_NAMES ? `${shown.join(', ')}, …` : shown.join(', ');
}

/** "a dictionary of "weights", "biases"; its 12 tensors are statistics ("weights.mean.0", …)". */
export function describeContents(root: PickleValue, tensors: readonly NamedTensor[]): string {
  if (isOptimizer(root)) return 'the state of an optimizer, which goes with a network and is none';
  const container = describeValue(root);
  if (tensors.length === 0) return `${container}, without a tensor`;
  const names = listed(tensors.map(({ name }) => name).filter((name) => name !== ''));
  const count = tensors.length === 1 ? 'its one tensor is' : `its ${tensors.length} tensors are`;
  return `${container}; ${count} ${whyNoWeights(tensors)}${names ? ` (${names})` : ''}`;
}

function whyNoWeights(tensors: readonly NamedTensor[]): string {
  for (const { tensor } of tensors) {
    if (tensor.kind === 'unreadable') return `${tensor.reason}, which is not read`;
  }
  return tensors.some(isStatistic)
    ? 'statistics'
    : 'no weights, which would be floating-point tables of two axes or more';
}

function describeValue(value: PickleValue): string {
  const entries = entriesOf(value);
  if (entries) {
    return entries.size === 0
      ? 'an empty dictionary'
      : `a dictionary of ${listed([...entries.keys()].slice(0, MAX_NAMES + 1).map(keyText))}`;
  }
  if (Array.isArray(value)) return `a list of ${value.length} values`;
  if (isObject(value)) {
    const name = className(value);
    return /_rebuild_/.test(name)
      ? 'a single tensor'
      : `the result of a call, ${formatValue(value).slice(0, 100)}`;
  }
  return `the value ${formatValue(value)}`;
}
