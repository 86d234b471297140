/** The symmetry lab: neurons change places, and the prediction stands still; or they do so wrongly, and everything moves. */
import { useEffect, useState } from 'react';
import type { Freedom, GroupFreedom } from '../../../edits';
import { type GraphShape, isCarrier } from '../../../graph';
import { makeEdit, undoAllEdits } from '../../edits/editing';
import { formatCount } from '../../format';
import { type Selection, store, useApp } from '../../store';
import { useAnswer } from '../../use-answer';
import '../../styles/lab.css';
import { MetanetsBeforeAndAfter } from '../outputs/MetanetsBeforeAndAfter';
import { NetworkOutputs } from '../outputs/NetworkOutputs';
import { Readings } from '../outputs/Readings';
import { freshSeed, shuffleAll } from './shuffle';

const LARGEST_FACTOR = 4;

export function SymmetryPanel() {
  const model = useApp((state) => state.model);
  const isEdited = useApp(({ edits }) => edits.edits.length > 0);
  const freedoms = useAnswer('freedoms', (api) => api.freedoms());
  if (!model || !freedoms) return <p className="muted">…</p>;
  const { groups } = model.graph;
  const free = freedoms.filter(
    ({ group, permute, rescale, flipSigns }) =>
      !isCarrier(groups[group].kind) && [permute, rescale, flipSigns].some(isFree),
  );
  if (free.length === 0) {
    const why = freedoms.map(({ permute }) => permute).find((one) => !one.isAllowed);
    return (
      <p>
        No neurons of this network are known to be free to change places
        {why && !why.isAllowed ? `: ${why.why}` : ''}.
      </p>
    );
  }
  return (
    <div className="lab">
      <p className="muted small">
        Hidden neurons have no order. Let them change places, each with its weights, and the network computes
        what it did.
      </p>
      <p className="buttons">
        <button type="button" className="primary" onClick={() => void shuffleAll()}>
          Shuffle all neurons
        </button>
        <button type="button" disabled={!isEdited} onClick={() => void undoAllEdits()}>
          Undo all
        </button>
      </p>
      {isEdited && <Readings />}
      <OneGroup key={model.fileName} graph={model.graph} free={free} />
      <NetworkOutputs />
      {isEdited && <MetanetsBeforeAndAfter />}
    </div>
  );
}

const isFree = (freedom: Freedom) => freedom.isAllowed;

function groupOf(selection: Selection | undefined, { groups, blocks }: GraphShape): number | undefined {
  if (selection?.kind === 'edge') return blocks[selection.block].target;
  if (selection?.kind === 'layer') return blocks.find(({ layer }) => layer === selection.layer)?.target;
  if (!selection) return undefined;
  return groups.findIndex(({ first, count }) => selection.node >= first && selection.node < first + count);
}

/** What can be done to one group: the selected layer's, or one that is chosen. */
function OneGroup({ graph, free }: { graph: GraphShape; free: readonly GroupFreedom[] }) {
  const selection = useApp((state) => state.selection);
  const [chosen, setChosen] = useState(free[0].group);
  const [factor, setFactor] = useState<number>();
  useEffect(() => {
    const selected = groupOf(selection, graph);
    if (free.some(({ group }) => group === selected)) setChosen(selected as number);
  }, [selection, graph, free]);
  const current = free.find(({ group }) => group === chosen) ?? free[0];
  const { group } = current;
  const facts = graph.groups[group];
  const choose = (next: number) => {
    setChosen(next);
    setFactor(undefined);
    const block = graph.blocks.find(({ target }) => target === next);
    if (block) store.setState({ selection: { kind: 'layer', layer: block.layer } });
  };
  const part = current.factors.length > 1 ? factor : undefined;
  return (
    <fieldset>
      <legend>One layer</legend>
      <select aria-label="Layer" value={group} onChange={({ target }) => choose(Number(target.value))}>
        {free.map((one) => (
          <option key={one.group} value={one.group}>
            {graph.groups[one.group].name} · {kindInWords(graph, one.group)}
          </option>
        ))}
      </select>
      {current.factors.length > 1 && (
        <select
          aria-label="What is shuffled"
          value={part ?? 'all'}
          onChange={({ target }) => setFactor(target.value === 'all' ? undefined : Number(target.value))}
        >
          <option value="all">all of them</option>
          {current.factors.map((one, index) => (
            <option key={factorInWords(current, index)} value={index} disabled={one.isFixed}>
              {factorInWords(current, index)}
            </option>
          ))}
        </select>
      )}
      <div className="lab-buttons">
        <EditButton
          title="Shuffle"
          freedom={current.permute}
          onClick={() =>
            void makeEdit({
              kind: 'permute',
              seed: freshSeed(),
              group,
              ...(part !== undefined && { factor: part }),
            })
          }
        />
        <EditButton
          title="Rescale"
          note={`what comes in × up to ${LARGEST_FACTOR}, what goes out divided by as much`}
          freedom={current.rescale}
          onClick={() =>
            void makeEdit({ kind: 'rescale', seed: freshSeed(), group, largest: LARGEST_FACTOR })
          }
        />
        <EditButton
          title="Flip signs"
          note="of half of them, coming in and going out"
          freedom={current.flipSigns}
          onClick={() => void makeEdit({ kind: 'flip-signs', seed: freshSeed(), group })}
        />
        <EditButton
          title="Shuffle wrongly"
          note="what comes in moves, what goes out does not: no symmetry"
          freedom={current.permute}
          isWrong
          onClick={() => void makeEdit({ kind: 'permute-one-side', seed: freshSeed(), group })}
        />
      </div>
      <Reasons name={facts.name} freedom={current} />
    </fieldset>
  );
}

interface EditButtonProps {
  readonly title: string;
  readonly note?: string;
  readonly freedom: Freedom;
  readonly isWrong?: boolean;
  readonly onClick: () => void;
}

function EditButton({ title, note, freedom, isWrong, onClick }: EditButtonProps) {
  return (
    <button
      type="button"
      className={isWrong ? 'wrong' : undefined}
      disabled={!freedom.isAllowed}
      title={freedom.isAllowed ? note : freedom.why}
      onClick={onClick}
    >
      {title}
    </button>
  );
}

/** Why a symmetry that one may miss is not there. */
function Reasons({
  name,
  freedom: { permute, rescale, flipSigns },
}: {
  name: string;
  freedom: GroupFreedom;
}) {
  const reasons = new Map<string, string[]>();
  for (const [what, freedom] of [
    ['shuffled', permute],
    ['rescaled', rescale],
    ['flipped', flipSigns],
  ] as const) {
    if (!freedom.isAllowed) reasons.set(freedom.why, [...(reasons.get(freedom.why) ?? []), what]);
  }
  return [...reasons].map(([why, what]) => (
    <p key={why} className="muted small">
      {name} cannot be {what.join(' or ')}: {why}.
    </p>
  ));
}

function kindInWords(graph: GraphShape, group: number): string {
  const { kind, count } = graph.groups[group];
  const names: Partial<Record<typeof kind, string>> = {
    neuron: 'neurons',
    channel: 'channels',
    feature: 'features',
    queryKey: 'queries and keys',
    value: 'values',
  };
  return `${formatCount(count)} ${names[kind] ?? 'nodes'}`;
}

function factorInWords({ factors }: GroupFreedom, index: number): string {
  const { size } = factors[index];
  return index === 0 ? `the ${size} heads or parts` : `the ${size} dimensions within each`;
}
