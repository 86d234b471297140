/**
 * Asks the model's worker for the pictures of all blocks, a few at a time, and says when one has arrived; later, for more
 * lines of the blocks that one has zoomed into.
 */
import { useCallback, useEffect, useRef } from 'react';
import { openModelApi } from '../model-client';
import { store } from '../store';
import { messageOf } from '../worker-clients';
import type { PlannedBlock } from './plan';
import type { Scene } from './scene';

const AT_ONCE = 3;
/** Lines are asked for in steps of this factor, so that a slow zoom does not ask for a block again and again. */
const STEP = 4;

/** Returns what asks for lines that a plan had room for and the scene did not have. */
export function usePictures(
  scene: Scene | undefined,
  modelNumber: number,
  onArrival: () => void,
): (plan: readonly PlannedBlock[]) => void {
  const asked = useRef(new Map<number, number>());
  useEffect(() => {
    if (!scene) return;
    asked.current = new Map();
    let isCurrent = true;
    // From the input to the output: that is how one reads.
    const queue = scene.graph.blocks.map((_, block) => block);
    const api = openModelApi();
    const work = async () => {
      for (let block = queue.shift(); block !== undefined && isCurrent; block = queue.shift()) {
        const picture = await api.picture(block);
        if (!isCurrent) return;
        scene.pictures[block] = picture;
        onArrival();
      }
    };
    const isStillOpen = () => isCurrent && store.getState().modelNumber === modelNumber;
    Promise.all(Array.from({ length: AT_ONCE }, work))
      .then(() => performance.mark('open: complete'))
      .catch((error: unknown) => {
        if (isStillOpen()) store.setState({ error: messageOf(error) });
      });
    return () => {
      isCurrent = false;
    };
  }, [scene, modelNumber, onArrival]);

  return useCallback(
    (plan) => {
      if (!scene) return;
      const isCurrent = () => store.getState().modelNumber === modelNumber;
      for (const { block, limit, wanted } of plan) {
        const had = asked.current.get(block) ?? 0;
        if (wanted <= limit || wanted <= had || !scene.pictures[block]) continue;
        const { pairCount } = scene.graph.blocks[block];
        const most = Math.min(pairCount, wanted * STEP);
        asked.current.set(block, most);
        openModelApi()
          .picture(block, most)
          .then((picture) => {
            if (!isCurrent()) return;
            scene.pictures[block] = picture;
            onArrival();
          })
          .catch((error: unknown) => {
            if (isCurrent()) store.setState({ error: messageOf(error) });
          });
      }
    },
    [scene, modelNumber, onArrival],
  );
}
