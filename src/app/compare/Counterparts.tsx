/** The selected neuron and both its counterparts in words, and how alike they are. */
import { useEffect, useState } from 'react';
import type { NeuronLikeness } from '../../alignment';
import { kindWord } from '../graph-view/describe';
import { sceneOf } from '../graph-view/scene';
import { compareApi } from './compare-client';
import { type Side, type SideName, useCompare } from './compare-store';
import type { Marks } from './marks';

interface CounterpartsProps {
  readonly left: Side;
  readonly right: Side;
  readonly marks: Record<SideName, Marks>;
}

export function Counterparts({ left, right, marks }: CounterpartsProps) {
  const likeness = useLikeness(marks.left.node);
  if (marks.left.node === undefined || marks.right.node === undefined) return null;
  const samePlace = marks.left.samePlace ?? marks.right.samePlace;
  return (
    <p className="counterparts" aria-live="polite">
      <span>
        <span className="mark-dot" aria-hidden="true" /> left {nameOf(left, marks.left.node)} ↔ right{' '}
        {nameOf(right, marks.right.node)}
        {likeness && <span className="muted"> · cosine of incoming weights {cosine(likeness.after)}</span>}
      </span>
      {samePlace === undefined ? (
        <span className="muted">at the same position in both files</span>
      ) : (
        <span>
          <span className="mark-ring" aria-hidden="true" /> same position on the{' '}
          {marks.left.samePlace === undefined ? 'right' : 'left'}
          {likeness && marks.left.samePlace === undefined && (
            <span className="muted"> · cosine {cosine(likeness.before)}</span>
          )}
        </span>
      )}
    </p>
  );
}

const cosine = (value: number) => value.toFixed(3).replace('-', '−');

function nameOf({ graph }: Side, node: number): string {
  const { name, kind, first } = graph.groups[sceneOf(graph).groupOf[node]];
  return `${name} ${kindWord(kind)} ${node - first + 1}`;
}

/** Of a node of the left model, once it is known. */
function useLikeness(node: number | undefined): NeuronLikeness | undefined {
  const comparison = useCompare((state) => state.comparison);
  const [answer, setAnswer] = useState<{ node: number; likeness: NeuronLikeness | undefined }>();
  useEffect(() => {
    if (node === undefined || comparison.status !== 'done') return;
    let isCurrent = true;
    compareApi()
      .likeness(node)
      .then((likeness) => {
        if (isCurrent) setAnswer({ node, likeness });
      })
      .catch(() => undefined); // another two are being compared by now
    return () => {
      isCurrent = false;
    };
  }, [node, comparison]);
  return answer?.node === node ? answer?.likeness : undefined;
}
