/** One node's update in one round: from its neighbours' messages to its new state, as sums that add up. */
import { useState } from 'react';
import type { NetworkTrace } from '../../../tasks';
import type { ModelSummary } from '../../../workers/model-summary';
import { select } from '../../actions';
import { describeNode } from '../../graph-view/describe';
import { sceneOf } from '../../graph-view/scene';
import { useApp } from '../../store';
import { useFollowedChannel } from './followed-channel';
import { nodeName } from './node-name';
import { printed } from './printed-sum';
import { SumTable } from './SumTable';
import { type Followed, unitRows, updateRows } from './update-rows';

interface FollowedNodeProps {
  readonly model: ModelSummary;
  readonly trace: NetworkTrace;
  readonly node: number;
}

export function FollowedNode({ model, trace, node }: FollowedNodeProps) {
  const { round } = useApp((state) => state.roundsView);
  const channel = useFollowedChannel(trace);
  const scene = sceneOf(model.graph);
  return (
    <section className="followed">
      <h2>{describeNode(scene, node).title}</h2>
      {round === 0 ? (
        <p className="muted small">
          Nothing has been heard yet: this state encodes what kind of layer the node belongs to. Move on to
          round 1 to follow its first update. Channel {channel + 1} is{' '}
          {printed(trace.nodes[0][node * trace.width + channel], 4)}.
        </p>
      ) : (
        <Update
          key={`${node} ${round} ${channel}`}
          model={model}
          trace={trace}
          followed={{ node, round: round - 1, channel }}
        />
      )}
    </section>
  );
}

function Update({ model, trace, followed }: Omit<FollowedNodeProps, 'node'> & { followed: Followed }) {
  const { channel, round } = followed;
  const { decimals, before, step, after, units } = updateRows(trace, followed);
  const [chosen, setChosen] = useState(units[0].unit ?? 0);
  const scene = sceneOf(model.graph);
  const of = unitRows(trace, model.graph, followed, chosen, decimals, (node) => nodeName(scene, node));
  const share = units.find(({ unit }) => unit === chosen)?.value ?? 0;
  const goTo = (node: number) => select({ kind: 'node', node });
  return (
    <>
      <SumTable
        caption={`State, channel ${channel + 1}`}
        decimals={decimals}
        rows={[
          { label: `before round ${round + 1}`, value: before },
          { label: 'update', value: step },
        ]}
        total={{ label: `after round ${round + 1}`, value: after }}
      />
      <SumTable
        caption="The update, by hidden unit"
        decimals={decimals}
        rows={units}
        total={{ label: 'update', value: step }}
        chosen={chosen}
        onUnit={setChosen}
      />
      <SumTable
        caption={`What hidden unit ${chosen + 1} hears`}
        decimals={decimals}
        rows={of.parts}
        total={{ label: 'its input z', value: of.sum }}
        onNode={goTo}
      />
      <p className="product">
        σ(z) · weight = {printed(of.activation, decimals)} · {printed(of.weight, decimals)} ={' '}
        <strong>{printed(share, decimals)}</strong>
        <span className="muted"> in the update; σ is SiLU</span>
      </p>
      {!trace.pairs && (
        <p className="muted small">
          Neighbours are not listed one by one: the states of this many edges are not kept.
        </p>
      )}
    </>
  );
}
