/**
 * The stops of the tour: what each says, what of the page it points at, and how it makes the page show it. Texts are for people
 * who have trained a network, and never heard of metanets.
 */
import { isWeightBlock } from '../../graph';
import { undoEdit } from '../edits/editing';
import { formatPercent } from '../format';
import { openModelApi } from '../model-client';
import { type State, store } from '../store';
import { FIRST_ROUND } from '../tools/rounds/state';
import { shuffleAll } from '../tools/symmetry/shuffle';
import type { Tool } from '../tools/tool';

export interface Stop {
  readonly title: string;
  /** Two or three short sentences about what is shown. */
  readonly text: (state: State, isOnOwnFile: boolean) => string;
  /** What it is about, as a CSS selector; and in one column, where that is not in sight of the graph. */
  readonly target: string;
  readonly narrowTarget?: string;
  /** The network that the tour began with, or a sample unlike those that the metanet knows. */
  readonly network: 'first' | 'unlike';
  /** Makes the page show it. Resolves to what takes it back, where something stays changed. */
  readonly show: () => Promise<(() => Promise<void>) | undefined>;
}

/** Larger networks take seconds to be judged: they are shuffled by whoever takes the tour. */
const MAX_SHUFFLED_EDGES = 2_000_000;

/** Up to so many connections the rounds of message passing are there in a moment; else the weights alone are shown. */
const MAX_FOLLOWED_PAIRS = 100_000;

const verdictOf = ({ verdict }: State) => (verdict.status === 'done' ? verdict.verdict : undefined);

const firstWeights = ({ model }: State) =>
  model?.graph.blocks.find(({ kind, taps }) => kind === 'convWeight' && taps > 1) ??
  model?.graph.blocks.find(isWeightBlock);

const openTool = (tool: Tool) => store.setState({ tool });

/** Takes back the latest edits, down to so many. */
async function undoTo(count: number): Promise<void> {
  const { length } = store.getState().edits.edits;
  for (let step = length; step > count; step--) await undoEdit();
}

/** The weights, and nothing of them selected. */
async function showPlainly(): Promise<undefined> {
  openTool('details');
  store.setState({ selection: undefined });
}

export const STOPS: readonly Stop[] = [
  {
    title: 'A network is a graph',
    text: (state) => {
      const block = firstWeights(state);
      const whole = 'A metanet is a network that reads such graphs.';
      if (!block || !state.model) return `Neurons become nodes, and weights edges. ${whole}`;
      const layer = state.model.layers[block.layer]?.name;
      return block.taps > 1
        ? `Every channel is a node, every kernel an edge between two of them. The marked edge is a ${block.tapShape.join(' × ')} kernel of ${layer}; its numbers stand in the details. ${whole}`
        : `Every neuron is a node, every weight an edge between two of them. The marked edge is a weight of ${layer}; its number stands in the details. ${whole}`;
    },
    target: '#tool',
    narrowTarget: '.stage',
    network: 'first',
    show: async () => {
      const { model } = store.getState();
      const block = firstWeights(store.getState());
      openTool('details');
      if (model && block)
        store.setState({ selection: { kind: 'edge', block: model.graph.blocks.indexOf(block), pair: 0 } });
      return undefined;
    },
  },
  {
    title: 'Neurons have no order',
    text: ({ edits }) =>
      edits.edits.at(-1)?.kind === 'permute'
        ? 'All hidden neurons have just changed places, each with its weights. It is another file, and the same function. So a metanet must give the same answer, and this one does: what is left is rounding.'
        : 'If hidden neurons change places, each with its weights, it is another file, and the same function. So a metanet must give the same answer. “Shuffle all neurons” tries it, where this network has neurons that are free.',
    target: '#tool',
    network: 'first',
    show: async () => {
      openTool('symmetry');
      store.setState({ selection: undefined });
      const { model, edits } = store.getState();
      if (!model || model.graph.edgeCount > MAX_SHUFFLED_EDGES) return undefined;
      const freedoms = await openModelApi().freedoms();
      if (!freedoms.some(({ permute }) => permute.isAllowed)) return undefined;
      await shuffleAll();
      return () => undoTo(edits.edits.length);
    },
  },
  {
    title: 'Nodes talk to their neighbours',
    text: ({ backend, tool }) => {
      const rounds = backend ? `after ${backend.card.config.rounds} such rounds` : 'some rounds later';
      const sum = tool === 'rounds' ? ' Here one of its numbers is added up, message by message.' : '';
      return `Along every edge into the marked neuron comes a message, made of the edge’s weight and of what the node at its other end holds. The neuron averages them and updates what it holds; ${rounds} it has heard from afar.${sum}`;
    },
    target: '#tool',
    network: 'first',
    show: async () => {
      const { model, roundsView } = store.getState();
      const block = firstWeights(store.getState());
      const target = block && model?.graph.groups[block.target];
      if (!model || !target) return undefined;
      const isFollowed = model.graph.pairCount <= MAX_FOLLOWED_PAIRS;
      openTool(isFollowed ? 'rounds' : 'details');
      store.setState({
        selection: { kind: 'node', node: target.first },
        roundsView: { ...FIRST_ROUND, round: 1 },
      });
      return async () => store.setState({ roundsView });
    },
  },
  {
    title: 'A prediction without data',
    text: (state) => {
      const verdict = verdictOf(state);
      const range = verdict && `${formatPercent(verdict.low)} to ${formatPercent(verdict.high)}`;
      const share = Math.round(100 * (state.backend?.card.interval.coverage ?? 0.9));
      const known = state.model?.known && verdict ? ` The triangle marks the truth.` : '';
      if (!verdict) return 'Here stands what the metanet predicts, from what all nodes hold in the end.';
      return `From what all nodes hold in the end the metanet predicts ${formatPercent(verdict.accuracy)} test accuracy: no image was needed. Of networks like those it has learned from, ${share} in 100 have their true accuracy within such a range, ${range}.${known}`;
    },
    target: '.verdict',
    network: 'first',
    show: showPlainly,
  },
  {
    title: 'When not to believe it',
    text: (state, isOnOwnFile) => {
      if (!isOnOwnFile) {
        return 'This network holds a picture: coordinates go in, colours come out. It is nothing like the image classifiers that the metanets have learned from. A number comes up all the same, but the page says loudly that it means little, and why.';
      }
      return verdictOf(state)?.domain.isInside
        ? 'The metanets have learned from zoos of small image classifiers, and yours resembles them. Where a network does not, a number comes up all the same; the page then says here, loudly, that it means little, and why.'
        : 'The metanets have learned from zoos of small image classifiers, and yours is none of them. A number comes up all the same, but the page says loudly that it means little, and why.';
    },
    target: '.verdict .domain',
    network: 'unlike',
    show: showPlainly,
  },
];
