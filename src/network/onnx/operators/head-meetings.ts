/**
 * What attention scores meet on their way to the values: masks and scales, which say nothing about the heads, and biases
 * that differ from head to head, learned or not.
 */
import {
  type Activation,
  axisSize,
  hasChannels,
  isShared,
  NotUnderstoodError,
  sharedActivation,
} from '../../activation';
import type { Constant } from '../../constant';
import { pair } from '../../pairing';
import type { Known } from '../lowering';
import type { OperatorCall } from '../operator-call';
import type { AttentionScores } from './attention';
import { matchConstant, runsAlongChannels } from './match-constant';

export function meetScores(
  call: OperatorCall,
  scores: AttentionScores,
  other: Known,
  type: string,
): AttentionScores {
  switch (other.kind) {
    case 'constant':
      return meetConstant(call, scores, other, type);
    case 'activation':
      return isShared(other) ? meetShared(scores, other) : meetChannels(scores, other, type);
    case 'scores':
      return scores.queries === other.queries ? scores : joinScores(call, scores, other, type);
    default:
      throw new NotUnderstoodError('joins attention scores with a list');
  }
}

const meetingKind = (type: string) => (type === 'Mul' || type === 'Div' ? 'gate' : 'sum');

/** A mask; or something that tells heads apart, such as slopes over distances. */
function meetShared(scores: AttentionScores, other: Activation): AttentionScores {
  const lead = scores.layout.axes.length - other.axes.length;
  const isAlongHeads = scores.layout.axes.some(
    (axis, index) =>
      hasChannels(axis) && axisSize(other.axes[index - lead] ?? [{ base: 0, factors: [] }]) > 1,
  );
  return isAlongHeads && !other.statistic ? { ...scores, hasOrder: true } : scores;
}

/** One channel for each head: looked up in a table of distances, say. */
function meetChannels(scores: AttentionScores, other: Activation, type: string): AttentionScores {
  const { first, second } = pair(scores.layout, other, 'first');
  const channels = new Int32Array(scores.heads);
  if (first.length !== scores.heads)
    throw new NotUnderstoodError('adds several channels to the scores of each head');
  first.forEach((head, index) => {
    channels[head] = second[index];
  });
  return { ...scores, meetings: [...scores.meetings, { kind: meetingKind(type), channels }] };
}

/** Numbers of the computation; or parameters of each head, which get channels of their own. */
function meetConstant(
  call: OperatorCall,
  scores: AttentionScores,
  constant: Constant,
  type: string,
): AttentionScores {
  const { lowering } = call;
  const { layout, heads } = scores;
  if (!runsAlongChannels(layout, constant.shape)) {
    lowering.markConstant(constant);
    return scores;
  }
  if (!constant.view) return meetShared(scores, sharedActivation(constant.shape));
  const match = matchConstant(layout, constant);
  if (match.kind === 'scalar') return scores;
  const [rows, columns] =
    match.kind === 'positions' ? [match.rows, match.columns] : [Int32Array.of(0), match.offsets];
  const columnOf = new Int32Array(heads);
  match.channels.forEach((head, index) => {
    columnOf[head] = columns[index];
  });
  const { tensor } = match;
  const channels = lowering.addWriter(call.layerName(constant), heads, 'feature', rows.length, (writes) => ({
    ...{ kind: 'embedding', role: 'position', tensor, rows, columns: columnOf },
    channels: Int32Array.from({ length: heads }, (_, head) => writes.first + head),
  }));
  return { ...scores, meetings: [...scores.meetings, { kind: meetingKind(type), channels }] };
}

/** The sum of two scores is that of longer queries and keys: content and position. */
function joinScores(
  { lowering, operator }: OperatorCall,
  a: AttentionScores,
  b: AttentionScores,
  type: string,
): AttentionScores {
  const { heads } = a;
  const isSum = type === 'Add' || type === 'Sum' || type === 'Sub';
  if (!isSum || b.heads !== heads || a.keyHeads !== heads || b.keyHeads !== heads) {
    throw new NotUnderstoodError('joins attention scores of different heads');
  }
  const { first, second } = pair(a.layout, b.layout, 'first');
  const headOf = new Int32Array(heads);
  first.forEach((head, index) => {
    headOf[head] = second[index];
  });
  const [sizeA, sizeB] = [a.queries.length / heads, b.queries.length / heads];
  const join = (left: Int32Array, right: Int32Array) =>
    Int32Array.from(
      Array.from({ length: heads }, (_, head) => [
        ...left.subarray(head * sizeA, (head + 1) * sizeA),
        ...right.subarray(headOf[head] * sizeB, (headOf[head] + 1) * sizeB),
      ]).flat(),
    );
  const scores = {
    ...a,
    queries: join(a.queries, b.queries),
    keys: join(a.keys, b.keys),
    meetings: [...a.meetings, ...b.meetings],
    hasOrder: a.hasOrder || b.hasOrder,
  };
  for (const { queries } of [a, b]) lowering.openScores.delete(queries);
  lowering.openScores.set(scores.queries, { name: operator.name, scores });
  return scores;
}
