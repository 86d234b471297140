/** One connection: its kernel as a picture and as numbers, and the two neurons that it joins. */
import { select } from '../actions';
import { formatValue } from '../format';
import { describeEdge, edgeWord } from '../graph-view/describe';
import { pairPlaces, sceneOf } from '../graph-view/scene';
import { useApp } from '../store';
import { useAnswer } from '../use-answer';
import { KernelPicture } from './KernelPicture';

/** Larger kernels (flattened pictures) are shown as a picture only. */
const MAX_NUMBERS = 49;

export function EdgeDetails({ block: number, pair }: { block: number; pair: number }) {
  const model = useApp((state) => state.model);
  const taps = useAnswer(`pair ${number} ${pair}`, (api) => api.pairValues(number, pair));
  const block = model?.graph.blocks[number];
  if (!model || !block) return null;
  const scene = sceneOf(model.graph);
  const { source, target } = pairPlaces(model.graph, block, pair);
  const ends = [
    { group: model.graph.groups[block.source], place: source },
    { group: model.graph.groups[block.target], place: target },
  ];
  const width = block.tapShape.at(-1) ?? 1;
  return (
    <>
      <h2>{describeEdge(scene, number, pair).title}</h2>
      <p className="muted small">
        {edgeWord(block.kind)}
        {block.tensorName ? ` in ${block.tensorName}` : ''}
      </p>
      {taps && taps.length > 1 && (
        <div className="kernel-large">
          <KernelPicture values={taps} shape={block.tapShape} />
        </div>
      )}
      {taps && taps.length <= MAX_NUMBERS && (
        <div className="numbers" style={{ gridTemplateColumns: `repeat(${width}, auto)` }}>
          {[...taps].map((value, tap) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: taps have no other name than their place
            <span key={tap}>{formatValue(value)}</span>
          ))}
        </div>
      )}
      <p className="ends">
        {ends.map(({ group, place }, end) => (
          <button
            key={group.first}
            type="button"
            onClick={() => select({ kind: 'node', node: group.first + place })}
          >
            {end === 0 ? 'from' : 'to'} {group.name} {place + 1}
          </button>
        ))}
      </p>
    </>
  );
}
