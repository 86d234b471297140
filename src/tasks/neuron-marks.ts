/**
 * Neurons (channels, features) that do nothing, or what another does: gathered block by block while a network's values
 * are read once.
 */
import {
  type BlockShape,
  type GraphShape,
  isCarrier,
  isWeightBlock,
  type NodeGroup,
  sourcesPerTarget,
} from '../graph';
import { mixNumber, mixWord } from './fingerprint';

export interface NeuronFinding {
  /** Index into the graph's groups, and its name. */
  readonly group: number;
  readonly name: string;
  /** Neurons of the group, and those of them that … */
  readonly count: number;
  /** … say the same whatever the input: only zeros lead into them, or their norm multiplies them by zero; */
  readonly constant: number;
  /** … nothing reads: only zeros lead out of them; */
  readonly unread: number;
  /** … have exactly the incoming weights, bias and norm of a neuron before them. */
  readonly repeated: number;
}

interface Marks {
  readonly isHeard: Uint8Array;
  readonly isSilenced: Uint8Array;
  readonly speaks: Uint8Array;
  /** Two words a neuron, of all that leads into it. */
  readonly prints: Uint32Array;
  hasInputs: boolean;
  hasOutputs: boolean;
}

/** Neurons that were made by weights: not inputs, rows of a table, or the nodes that carry biases and norms. */
const isMade = ({ kind, isInput }: NodeGroup) => !isInput && kind !== 'row' && !isCarrier(kind);

export class NeuronMarks {
  readonly #graph: GraphShape;
  readonly #marks: readonly Marks[];

  constructor(graph: GraphShape) {
    this.#graph = graph;
    this.#marks = graph.groups.map(({ count }) => ({
      isHeard: new Uint8Array(count),
      isSilenced: new Uint8Array(count),
      speaks: new Uint8Array(count),
      prints: new Uint32Array(2 * count),
      hasInputs: false,
      hasOutputs: false,
    }));
  }

  /** Takes a block's values, [edgeCount] in edge order, into account. Every block is given once. */
  add(block: BlockShape, values: Float32Array): void {
    const { groups } = this.#graph;
    const [source, target] = [this.#marks[block.source], this.#marks[block.target]];
    const isBetweenNeurons = !isCarrier(groups[block.source].kind);
    if (isBetweenNeurons) {
      target.hasInputs = true;
      source.hasOutputs = true;
    }
    const perTarget = sourcesPerTarget(block, groups);
    const targets = groups[block.target].count;
    const targetsPerPart = targets / block.groups;
    let edge = 0;
    for (let t = 0; t < targets; t++) {
      const part = Math.floor(t / targetsPerPart);
      const first = block.pattern === 'diagonal' ? t : part * perTarget;
      // Other sources make other neurons, whatever the weights.
      if (isBetweenNeurons) mixWord(target.prints, 2 * t, first);
      for (let s = first; s < first + perTarget; s++) {
        for (let tap = 0; tap < block.taps; tap++, edge++) {
          const value = values[edge];
          mixNumber(target.prints, 2 * t, value);
          if (value === 0) {
            if (block.kind === 'normScale') target.isSilenced[t] = 1;
          } else if (isBetweenNeurons) {
            target.isHeard[t] = 1;
            source.speaks[s] = 1;
          }
        }
      }
    }
  }

  /** What there is to tell, once every block was added; nothing of groups that meet a tensor of `skipped`. */
  findings(skipped: ReadonlySet<string>): NeuronFinding[] {
    const { groups, blocks } = this.#graph;
    const isWhole = (group: number) =>
      blocks.every(
        ({ source, target, tensorName }) =>
          (source !== group && target !== group) || tensorName === undefined || !skipped.has(tensorName),
      );
    const hasWeights = (group: number) =>
      blocks.some((block) => block.target === group && isWeightBlock(block));
    return groups.flatMap((group, index) => {
      if (!isMade(group) || !hasWeights(index) || !isWhole(index)) return [];
      const finding = {
        group: index,
        name: group.name,
        count: group.count,
        ...count(group, this.#marks[index]),
      };
      return finding.constant + finding.unread + finding.repeated > 0 ? [finding] : [];
    });
  }
}

function count(
  { count: neurons, isOutput }: NodeGroup,
  { isHeard, isSilenced, speaks, prints, hasInputs, hasOutputs }: Marks,
): Pick<NeuronFinding, 'constant' | 'unread' | 'repeated'> {
  const met = new Set<string>();
  let [constant, unread, repeated] = [0, 0, 0];
  for (let neuron = 0; neuron < neurons; neuron++) {
    const isConstant = (hasInputs && !isHeard[neuron]) || isSilenced[neuron] === 1;
    if (isConstant) constant++;
    if (hasOutputs && !isOutput && !speaks[neuron]) unread++;
    const print = `${prints[2 * neuron]} ${prints[2 * neuron + 1]}`;
    if (met.has(print) && !isConstant) repeated++;
    met.add(print);
  }
  return { constant, unread, repeated };
}
