/** Two models: their graphs side by side, what differs, and what lies between them. */
import { useEffect, useMemo, useRef } from 'react';
import type { GraphHandle } from '../graph-view/GraphCanvas';
import { BarrierPanel } from './BarrierPanel';
import { Counterparts } from './Counterparts';
import { alignmentOf, useCompare } from './compare-store';
import { DifferencesTable } from './DifferencesTable';
import { type Marks, marksOf } from './marks';
import { SidePane } from './SidePane';
import { SidePicker } from './SidePicker';

const UNMARKED: Marks = { node: undefined, samePlace: undefined };

export function PairView() {
  const { left, right, comparison, isAligned, selection } = useCompare((state) => state);
  const [leftHandle, rightHandle] = [useRef<GraphHandle>(null), useRef<GraphHandle>(null)];
  const fit = () => {
    leftHandle.current?.fit();
    rightHandle.current?.fit();
  };
  const result = comparison.status === 'done' ? comparison.result : undefined;
  const alignment = alignmentOf({ comparison });
  // In another order it is another drawing: where one looks stays the same.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the order changes
  useEffect(() => {
    const drawn = alignment && leftHandle.current?.drawn();
    if (drawn) rightHandle.current?.follow(drawn.view.transform);
  }, [isAligned]);
  const marks = useMemo(
    () =>
      selection?.kind === 'node'
        ? marksOf(selection, alignment?.permutation)
        : { left: UNMARKED, right: UNMARKED },
    [selection, alignment],
  );
  return (
    <>
      <div className="panes">
        {left ? (
          <SidePane
            name="left"
            side={left}
            marks={marks.left}
            order={undefined}
            handleRef={leftHandle}
            onFit={fit}
            onMoved={(transform) => alignment && rightHandle.current?.follow(transform)}
          />
        ) : (
          <div className="pane" />
        )}
        {right ? (
          <SidePane
            name="right"
            side={right}
            marks={marks.right}
            order={isAligned ? alignment?.permutation : undefined}
            handleRef={rightHandle}
            onFit={fit}
            onMoved={(transform) => alignment && leftHandle.current?.follow(transform)}
          />
        ) : (
          <section className="pane choosing-right" aria-label="Right model">
            <h2>Compare with</h2>
            <SidePicker side="right" onChosen={() => undefined} />
          </section>
        )}
      </div>
      {left && right && alignment && selection?.kind === 'node' && (
        <Counterparts left={left} right={right} marks={marks} />
      )}
      {left && right && result && (
        <div className={alignment ? 'findings' : 'findings alone'}>
          <DifferencesTable left={left.graph} right={right.graph} result={result} />
          {alignment && <BarrierPanel />}
        </div>
      )}
    </>
  );
}
