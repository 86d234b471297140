/** What a comparison found, in words: one sentence that says it, and the numbers that it rests on. */
import type { AlignedModels, DifferentArchitectures, LayerMatch, SettingDifference } from '../../alignment';
import { type GraphShape, isCarrier } from '../../graph';
import type { Comparison } from '../../workers/compare-worker';
import { formatCount } from '../format';

export interface VerdictWords {
  readonly title: string;
  readonly detail: string;
  readonly tone: 'good' | 'warn' | 'neutral';
}

type Aligned = Omit<AlignedModels, 'aligned'>;

const MAX_NAMED = 4;

/** The first few, and how many there are beyond. */
function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${formatCount(more)} more` : '');
}

const counted = (count: number, noun: string) => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Hidden neurons, and how many of them stand elsewhere in the second model. */
export function movedNeurons(
  { groups }: GraphShape,
  permutation: Int32Array,
): { moved: number; all: number } {
  let [moved, all] = [0, 0];
  for (const { kind, first, count, isInput, isOutput } of groups) {
    if (isCarrier(kind) || isInput || isOutput) continue;
    all += count;
    for (let node = first; node < first + count; node++) if (permutation[node] !== node) moved++;
  }
  return { moved, all };
}

/** Models without weights have none. */
const cosine = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(2).replace('-', '−'));

const percent = (share: number) =>
  share >= 0.001 ? `${(100 * share).toPrecision(2)} %` : `${(100 * share).toExponential(1)} %`;

const SAME_DETAIL = {
  exact: 'all parameters are equal, bit for bit',
  float32: 'parameters differ by rounding in float32 only',
  float16: 'parameters differ by rounding to float16 only',
} as const;

function describeSettings(settings: readonly SettingDifference[]): string {
  return listed(
    settings.map(({ layer, setting, first, second }) => `${layer}: ${setting} ${first} → ${second}`),
  );
}

function describeUncompared({ uncompared: { first, second } }: Aligned): string {
  return first + second === 0
    ? ''
    : ` ${counted(Math.max(first, second), 'parameter')} on neither graph were not compared.`;
}

function sameWords(graph: GraphShape, result: Aligned, rounding: keyof typeof SAME_DETAIL): VerdictWords {
  const { moved, all } = movedNeurons(graph, result.permutation);
  const order =
    moved === 0
      ? 'No neuron stands elsewhere'
      : `${formatCount(moved)} of ${counted(all, 'hidden neuron')} stand elsewhere; put in order`;
  const largest = Math.max(0, ...result.tensors.map(({ after }) => after.relative));
  const rest = rounding === 'exact' ? '' : ` (by ${percent(largest)} of a tensor at most)`;
  return {
    title: 'The same function up to a permutation of neurons',
    detail: `${order}, ${SAME_DETAIL[rounding]}${rest}.${describeUncompared(result)}`,
    tone: 'good',
  };
}

function exceptWords(result: Aligned, names: readonly string[]): VerdictWords {
  const settings = describeSettings(result.settings);
  const same = result.tensors.length - names.length;
  const equal = `${formatCount(same)} of ${counted(result.tensors.length, 'tensor')} are equal once aligned.`;
  if (names.length === 0) {
    return {
      title: 'The same weights, used differently',
      detail: `${equal} What differs: ${settings}.${describeUncompared(result)}`,
      tone: 'warn',
    };
  }
  return {
    title: `The same but for these layers: ${listed(names)}`,
    detail: `${equal}${settings && ` Also different: ${settings}.`}${describeUncompared(result)}`,
    tone: 'warn',
  };
}

/** Networks that were not trained one from the other are nowhere near this alike in the order of their files. */
const CLOSE = 0.9;

function differentWords(
  result: Aligned,
  { before, after, chance }: Record<'before' | 'after' | 'chance', number>,
): VerdictWords {
  const guess = before > CLOSE ? ' So close: one was probably trained on from the other.' : '';
  const settings = describeSettings(result.settings);
  return {
    title: 'Different',
    detail:
      `Cosine of all weights, on average: ${cosine(before)} as the files have them, ${cosine(after)} aligned; ` +
      `aligning random weights gives ${cosine(chance)}.${guess}${settings && ` Also different: ${settings}.`}${describeUncompared(result)}`,
    tone: 'neutral',
  };
}

function architectureWords({ layers }: DifferentArchitectures): VerdictWords {
  const names = (kind: LayerMatch['kind']) =>
    layers.flatMap((match) =>
      match.kind === kind ? ['first' in match ? match.first.name : match.second.name] : [],
    );
  const parts = [
    [names('reshaped'), 'of another shape'],
    [names('firstOnly'), 'on the left only'],
    [names('secondOnly'), 'on the right only'],
  ] as const;
  const alike = names('same').length;
  const where = parts.flatMap(([list, what]) => (list.length > 0 ? [`${what}: ${listed(list)}`] : []));
  return {
    title: 'Different architectures',
    detail:
      `${formatCount(alike)} of ${counted(layers.length, 'layer')} with weights are of one kind and shape` +
      (where.length > 0 ? `; ${where.join('; ')}.` : ', but they are connected or normalised differently.'),
    tone: 'neutral',
  };
}

/** `graph`: the first model's. */
export function verdictWords(graph: GraphShape, result: Comparison): VerdictWords {
  if (result.kind === 'differentArchitectures') return architectureWords(result);
  const { verdict } = result;
  switch (verdict.kind) {
    case 'same':
      return sameWords(graph, result, verdict.rounding);
    case 'sameExcept':
      return exceptWords(
        result,
        verdict.tensors.map(({ first }) => first),
      );
    case 'different':
      return differentWords(result, verdict.cosine);
    default:
      return verdict satisfies never;
  }
}
