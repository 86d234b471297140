/** Asks the model's worker for the pictures of all blocks, a few at a time, and says when one has arrived. */
import { useEffect } from 'react';
import { openModelApi } from '../actions';
import { store } from '../store';
import { messageOf } from '../worker-clients';
import type { Scene } from './scene';

const AT_ONCE = 3;

export function usePictures(scene: Scene | undefined, modelNumber: number, onArrival: () => void): void {
  useEffect(() => {
    if (!scene) return;
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
}
