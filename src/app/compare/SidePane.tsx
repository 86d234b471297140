/** One of the two models: what it is, and its graph. */
import type { ZoomTransform } from 'd3';
import { type RefObject, useCallback, useMemo } from 'react';
import { formatLarge, formatPercent } from '../format';
import { GraphCanvas, type GraphHandle, groupsOfSelection } from '../graph-view/GraphCanvas';
import { nodePoint, pairPlaces, type Scene, sceneOf } from '../graph-view/scene';
import type { PictureOf } from '../graph-view/use-pictures';
import { type Marked, toScreen, type View } from '../graph-view/view';
import { Popover } from '../Popover';
import { compareApi } from './compare-client';
import { compareStore, type Side, type SideName, showError, useCompare } from './compare-store';
import { inverse, type Marks } from './marks';
import { PaneTools } from './PaneTools';
import { SidePicker } from './SidePicker';

interface SidePaneProps {
  readonly name: SideName;
  readonly side: Side;
  readonly marks: Marks;
  /** Draws the graph in this order: by node, where it stands then. Undefined for the file's own. */
  readonly order: Int32Array | undefined;
  readonly handleRef: RefObject<GraphHandle | null>;
  readonly onMoved: (transform: ZoomTransform) => void;
  readonly onFit: () => void;
}

export function SidePane({ name, side, marks, order, handleRef, onMoved, onFit }: SidePaneProps) {
  const selection = useCompare((state) => state.selection);
  const weights = useMemo(
    () => (order ? { ...sceneOf(side.graph), pictures: [] } : sceneOf(side.graph)),
    [side, order],
  );
  const pictureOf = useMemo((): PictureOf => {
    const api = compareApi();
    return (block, wanted) => api.picture(order ? 'aligned' : side.id, block, wanted);
  }, [side, order]);
  const layer = selection?.kind === 'layer' ? selection[name] : undefined;
  const selectedGroups = useMemo(
    () => groupsOfSelection(weights, layer === undefined ? undefined : { kind: 'layer', layer }),
    [weights, layer],
  );
  const [node, samePlace] = [marks.node, marks.samePlace].map((own) =>
    own === undefined || !order ? own : order[own],
  );
  const selected = useMemo(
    (): Marked | undefined => (node === undefined ? undefined : { kind: 'node', node }),
    [node],
  );
  const drawOver = useCallback(
    (context: CanvasRenderingContext2D, scene: Scene, view: View) => {
      if (samePlace !== undefined) drawRing(context, scene, view, samePlace);
    },
    [samePlace],
  );
  const select = (marked: Marked | undefined) => {
    const shown = marked?.kind === 'edge' ? targetOf(weights, marked.block, marked.pair) : marked?.node;
    const own = shown === undefined || !order ? shown : inverse(order)[shown];
    compareStore.setState({
      selection: own === undefined ? undefined : { kind: 'node', side: name, node: own },
    });
  };
  return (
    <section className="pane" aria-label={name === 'left' ? 'Left model' : 'Right model'}>
      <PaneHead name={name} side={side} isAligned={order !== undefined} />
      <div className="pane-graph">
        <GraphCanvas
          ref={handleRef}
          testId={`graph-${name}`}
          label={`Parameter graph of ${side.name}, on the ${name}: ${side.graph.nodeCount} nodes. Arrow keys walk from neuron to neuron.`}
          scene={weights}
          {...{ weights, pictureOf, selectedGroups, selected, drawOver, onMoved }}
          onError={showError}
          onSelect={select}
        />
        <PaneTools graph={handleRef} modelName={side.name} onFit={onFit} />
      </div>
    </section>
  );
}

function PaneHead({ name, side, isAligned }: { name: SideName; side: Side; isAligned: boolean }) {
  return (
    <header className="pane-head">
      <Popover label={<span className="pane-name">{side.name}</span>} title={`Choose the ${name} model`}>
        {(close) => <SidePicker side={name} onChosen={close} />}
      </Popover>
      <span className="muted">
        {isAligned && 'drawn aligned · '}
        {formatLarge(side.graph.edgeCount)} parameters
        {side.known && ` · true accuracy ${formatPercent(side.known.accuracy)}`}
      </span>
    </header>
  );
}

/** The node that a connection leads to. */
function targetOf({ graph }: Scene, number: number, pair: number): number {
  const block = graph.blocks[number];
  return graph.groups[block.target].first + pairPlaces(graph, block, pair).target;
}

const RING_PX = 9;

/** The node that stands where the selected one stands in its own file. */
function drawRing(context: CanvasRenderingContext2D, scene: Scene, view: View, node: number): void {
  const { x, y } = toScreen(view, nodePoint(scene, node));
  context.beginPath();
  context.arc(x, y, RING_PX, 0, 2 * Math.PI);
  context.setLineDash([3, 2.5]);
  context.lineWidth = 1.8;
  context.strokeStyle = view.palette.text;
  context.stroke();
  context.setLineDash([]);
}
