/** One neuron: every edge that meets it, strongest first, with its kernel; a click leads on to the neighbour. */
import { useMemo } from 'react';
import type { Neighbourhood } from '../../tasks';
import { select } from '../actions';
import { formatCount, formatValue } from '../format';
import { describeNode, edgeWord } from '../graph-view/describe';
import { type Scene, sceneOf } from '../graph-view/scene';
import { useApp } from '../store';
import { useAnswer } from '../use-answer';
import { KernelPicture } from './KernelPicture';

const LISTED = 12;

export function NodeDetails({ node }: { node: number }) {
  const model = useApp((state) => state.model);
  const scene = model && sceneOf(model.graph);
  const lists = useAnswer(`neighbours of ${node}`, (api) => api.neighbours(node)) ?? [];
  if (!scene || node >= scene.graph.nodeCount) return null;
  const { title, detail } = describeNode(scene, node);
  return (
    <>
      <h2>{title}</h2>
      <p className="muted small">{detail}</p>
      {lists.map((list) => (
        <NeighbourList key={`${list.block} ${list.direction}`} scene={scene} list={list} />
      ))}
    </>
  );
}

function NeighbourList({ scene, list }: { scene: Scene; list: Neighbourhood }) {
  const { graph, groupOf } = scene;
  const block = graph.blocks[list.block];
  const { taps, tapShape } = block;
  const strengths = useMemo(
    () =>
      [...list.nodes].map((_, index) =>
        signedStrength(list.values.subarray(index * taps, (index + 1) * taps)),
      ),
    [list, taps],
  );
  const strongest = Math.max(...strengths.map(Math.abs), 1e-30);
  const other = graph.groups[list.direction === 'incoming' ? block.source : block.target];
  const nodes = [...list.nodes].slice(0, LISTED);
  return (
    <div className="neighbours">
      <h3>
        {list.direction === 'incoming' ? 'from' : 'to'} {other.name}
        <span className="muted"> {edgeWord(block.kind)}</span>
      </h3>
      <ul>
        {nodes.map((neighbour, index) => (
          <li key={neighbour}>
            <button type="button" onClick={() => select({ kind: 'node', node: neighbour })}>
              <span className="place">{neighbour - graph.groups[groupOf[neighbour]].first + 1}</span>
              {taps > 1 && (
                <KernelPicture
                  values={list.values.subarray(index * taps, (index + 1) * taps)}
                  shape={tapShape}
                />
              )}
              <span className="bar" aria-hidden="true">
                <span
                  className={strengths[index] < 0 ? 'negative' : 'positive'}
                  style={{ width: `${(50 * Math.abs(strengths[index])) / strongest}%` }}
                />
              </span>
              <span className="value">{formatValue(strengths[index])}</span>
            </button>
          </li>
        ))}
      </ul>
      {list.count > nodes.length && (
        <p className="muted small">and {formatCount(list.count - nodes.length)} weaker ones</p>
      )}
    </div>
  );
}

/** Length of the taps with the sign of their sum. */
function signedStrength(taps: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const tap of taps) {
    sum += tap;
    squares += tap * tap;
  }
  return Math.sqrt(squares) * (sum < 0 ? -1 : 1);
}
