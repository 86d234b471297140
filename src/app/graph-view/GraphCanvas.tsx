/**
 * A parameter graph on a canvas that one moves about in. Nodes answer to pointer and arrow keys alike; what is under the
 * pointer or selected is also said in words.
 */
import type { ZoomTransform } from 'd3';
import { type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from 'react';
import type { Selection } from '../store';
import { describeEdge, describeNode } from './describe';
import { edgeAt } from './plan';
import { nodeAt, nodePoint, type Scene } from './scene';
import { stepNode } from './step-node';
import { type Drawn, useDrawing } from './use-drawing';
import { type Part, useZoom } from './use-zoom';
import { type Marked, markedWithin, type View } from './view';

const NODE_REACH_PX = 9;
const EDGE_REACH_PX = 4;

/** What others may do with the view. */
export interface GraphHandle {
  fit(): void;
  zoomBy(factor: number): void;
  /** As another view of the same layout stands. */
  follow(transform: ZoomTransform): void;
  /** What is seen; undefined where that is all. */
  part(): Part | undefined;
  /** The view as it was drawn last, and what of; undefined before. */
  drawn(): { readonly scene: Scene; readonly view: View } | undefined;
}

interface GraphCanvasProps extends Omit<Drawn, 'marked'> {
  readonly ref?: Ref<GraphHandle>;
  readonly testId: string;
  /** What it is, in words. */
  readonly label: string;
  /** A node or a connection; layers are `selectedGroups`. */
  readonly selected: Marked | undefined;
  readonly onSelect: (marked: Marked | undefined) => void;
  /** What is seen of a new graph, if not all. */
  readonly firstPart?: Part | undefined;
  /** A person has moved the view. */
  readonly onMoved?: (transform: ZoomTransform) => void;
}

/** The groups that a layer's parameters lead to. */
export function groupsOfSelection({ graph }: Scene, selection: Selection | undefined): Set<number> {
  if (selection?.kind !== 'layer') return new Set();
  const blocks = graph.blocks.filter(({ layer }) => layer === selection.layer);
  return new Set(blocks.map(({ target }) => target));
}

function describeMarked(scene: Scene, marked: Marked) {
  return marked.kind === 'node'
    ? describeNode(scene, marked.node)
    : describeEdge(scene, marked.block, marked.pair);
}

export function GraphCanvas(props: GraphCanvasProps) {
  const { ref, testId, label, weights, scene, onSelect } = props;
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const gpuCanvasRef = useRef<HTMLCanvasElement>(null);
  const [under, setUnder] = useState<{
    readonly scene: Scene | undefined;
    readonly marked: Marked | undefined;
  }>();
  const [pointer, setPointer] = useState({ x: 0, y: 0 });
  // The graph may have changed since: what was under the pointer, or selected, need not be in this one.
  const hovered = under?.scene === scene ? under?.marked : undefined;
  const selected = scene && markedWithin(scene.graph, props.selected);
  const marked = hovered ?? selected;
  const { transformRef, viewRef, moveTo } = useDrawing(canvasRef, gpuCanvasRef, { ...props, marked });
  const { onMoved, firstPart } = props;
  const zooming = useZoom(canvasRef, weights, { moveTo, onMoved }, firstPart);
  const { fit, zoomBy, follow, part, reveal } = zooming;
  useImperativeHandle(ref, () => ({
    ...{ fit, zoomBy, follow, part },
    drawn: () => (scene && viewRef.current ? { scene, view: viewRef.current } : undefined),
  }));

  /** The node, or else the connection, under the pointer. */
  const pick = (event: { nativeEvent: { offsetX: number; offsetY: number } }): Marked | undefined => {
    if (!scene || !viewRef.current) return undefined;
    const { offsetX, offsetY } = event.nativeEvent;
    const [x, y] = transformRef.current.invert([offsetX, offsetY]);
    const node = nodeAt(scene, { x, y }, NODE_REACH_PX / transformRef.current.k);
    if (node !== undefined) return { kind: 'node', node };
    const edge = edgeAt(scene, viewRef.current, { x: offsetX, y: offsetY }, EDGE_REACH_PX);
    return edge && { kind: 'edge', ...edge };
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!scene) return;
    const next = stepNode(scene, selected?.kind === 'node' ? selected.node : undefined, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onSelect({ kind: 'node', node: next });
    reveal(nodePoint(scene, next));
  };

  const words = scene && marked && describeMarked(scene, marked);
  return (
    <div
      className="graph-view"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the graph is walked by arrow keys, as one widget
      tabIndex={0}
      aria-roledescription="parameter graph"
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      <canvas ref={gpuCanvasRef} className="gpu-picture" hidden />
      <canvas
        ref={canvasRef}
        data-testid={testId}
        onPointerMove={(event) => {
          if (event.buttons !== 0) return;
          setPointer({ x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY });
          setUnder({ scene, marked: pick(event) });
        }}
        onPointerLeave={() => setUnder(undefined)}
        onClick={(event) => onSelect(pick(event))}
      />
      {hovered !== undefined && words && (
        <div
          className="graph-tip"
          style={{ transform: `translate(${pointer.x + 14}px, ${pointer.y + 12}px)` }}
        >
          <strong>{words.title}</strong>
          <span>{words.detail}</span>
        </div>
      )}
      <p className="visually-hidden" aria-live="polite">
        {words ? `${words.title}. ${words.detail}` : ''}
      </p>
    </div>
  );
}
