/** The thread that measures a network's weights, layer by layer. To stop it, it is ended. */
import * as Comlink from 'comlink';
import type { GraphShape } from '../graph';
import { isMeasured, type MeasuredLayer, measureLayers } from '../quality';

export class QualityWorker {
  /** `values`: [edgeCount] per block. `onProgress` is told the share of the weights that are done. */
  measure(
    graph: GraphShape,
    values: readonly Float32Array[],
    onProgress: (share: number) => void,
  ): MeasuredLayer[] {
    const total = graph.blocks.filter(isMeasured).reduce((sum, { edgeCount }) => sum + edgeCount, 0);
    const layers: MeasuredLayer[] = [];
    let done = 0;
    for (const layer of measureLayers(graph, values)) {
      layers.push(layer);
      done += layer.matrixCount * layer.rows * layer.columns;
      onProgress(done / total);
    }
    return layers;
  }
}

Comlink.expose(new QualityWorker());
