/** The open model's parameter graph: its weights, or what a tool shows in their place; selected and moved by the whole page. */
import { useEffect, useMemo, useRef } from 'react';
import { select, showError } from '../actions';
import { openModelApi } from '../model-client';
import { unsaved } from '../pictures/unsaved';
import { store, useApp } from '../store';
import { GraphCanvas, type GraphHandle, groupsOfSelection } from './GraphCanvas';
import { savePicture } from './save-picture';
import { sceneOf } from './scene';
import { useMovingNodes } from './use-moving-nodes';
import type { PictureOf } from './use-pictures';
import { useShownScene } from './use-shown-scene';
import { onViewCommand } from './view-commands';

const ZOOM_STEP = 1.5;

const reportUnsaved = (error: unknown) => showError(unsaved(error));
const onDrawn = () => performance.mark('open: drawn');
const onComplete = () => performance.mark('open: complete');

export function GraphView() {
  const model = useApp((state) => state.model);
  const modelNumber = useApp((state) => state.modelNumber);
  const selection = useApp((state) => state.selection);
  const firstPart = useApp((state) => state.firstPart);
  const handleRef = useRef<GraphHandle>(null);
  const weights = useMemo(() => (model ? sceneOf(model.graph) : undefined), [model]);
  const scene = useShownScene(weights);
  const drawOver = useMovingNodes();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number stands for the model's values
  const pictureOf = useMemo((): PictureOf | undefined => {
    if (!model) return undefined;
    const api = openModelApi();
    return (block, wanted) => api.picture(block, wanted);
  }, [model, modelNumber]);
  const selectedGroups = useMemo(
    () => (scene ? groupsOfSelection(scene, selection) : new Set<number>()),
    [scene, selection],
  );

  useEffect(
    () =>
      onViewCommand((command) => {
        const handle = handleRef.current;
        if (command === 'fit') handle?.fit();
        else if (typeof command === 'object' && 'tell' in command) command.tell(handle?.part());
        else if (typeof command === 'object') {
          const drawn = handle?.drawn();
          const name = store.getState().model?.fileName ?? 'graph';
          if (drawn) savePicture(drawn.scene, drawn.view, name, command.save).catch(reportUnsaved);
        } else handle?.zoomBy(command === 'zoomIn' ? ZOOM_STEP : 1 / ZOOM_STEP);
      }),
    [],
  );

  return (
    <GraphCanvas
      ref={handleRef}
      testId="graph"
      label={
        model
          ? `Parameter graph of ${model.fileName}: ${model.graph.nodeCount} nodes in ${model.graph.groups.length} groups. Arrow keys walk from neuron to neuron.`
          : 'Parameter graph'
      }
      {...{ weights, scene, pictureOf, selectedGroups, firstPart, drawOver, onDrawn, onComplete }}
      onError={showError}
      selected={selection?.kind === 'layer' ? undefined : selection}
      onSelect={select}
    />
  );
}
