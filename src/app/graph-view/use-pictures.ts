/**
 * Asks for the pictures of all blocks, a few at a time, and says when one has arrived; later, for more lines of the blocks
 * that one has zoomed into.
 */
import { useCallback, useEffect, useRef } from 'react';
import type { BlockPicture } from '../../tasks';
import { messageOf } from '../worker-clients';
import type { PlannedBlock } from './plan';
import type { Scene } from './scene';

const AT_ONCE = 3;
/** Lines are asked for in steps of this factor, so that a slow zoom does not ask for a block again and again. */
const STEP = 4;

/** Where pictures come from: as `blockPicture`. Another function stands for other values. */
export type PictureOf = (block: number, wanted?: number) => Promise<BlockPicture>;

/** What is to be told, of the values that are shown at the time: nothing that concerns earlier ones. */
export interface PictureEvents {
  readonly onArrival: () => void;
  readonly onComplete?: () => void;
  readonly onError: (message: string) => void;
}

/** Returns what asks for lines that a plan had room for and the scene did not have. */
export function usePictures(
  scene: Scene | undefined,
  pictureOf: PictureOf | undefined,
  events: PictureEvents,
): (plan: readonly PlannedBlock[]) => void {
  const asked = useRef(new Map<number, number>());
  const latest = useRef({ pictureOf, events });
  latest.current = { pictureOf, events };
  useEffect(() => {
    if (!scene || !pictureOf) return;
    asked.current = new Map();
    let isCurrent = true;
    // From the input to the output: that is how one reads.
    const queue = scene.graph.blocks.map((_, block) => block);
    const work = async () => {
      for (let block = queue.shift(); block !== undefined && isCurrent; block = queue.shift()) {
        const picture = await pictureOf(block);
        if (!isCurrent) return;
        scene.pictures[block] = picture;
        latest.current.events.onArrival();
      }
    };
    Promise.all(Array.from({ length: AT_ONCE }, work))
      .then(() => isCurrent && latest.current.events.onComplete?.())
      .catch((error: unknown) => isCurrent && latest.current.events.onError(messageOf(error)));
    return () => {
      isCurrent = false;
    };
  }, [scene, pictureOf]);

  return useCallback(
    (plan) => {
      if (!scene || !pictureOf) return;
      const isCurrent = () => latest.current.pictureOf === pictureOf;
      for (const { block, limit, wanted } of plan) {
        const had = asked.current.get(block) ?? 0;
        if (wanted <= limit || wanted <= had || !scene.pictures[block]) continue;
        const { pairCount } = scene.graph.blocks[block];
        const most = Math.min(pairCount, wanted * STEP);
        asked.current.set(block, most);
        pictureOf(block, most)
          .then((picture) => {
            if (!isCurrent()) return;
            scene.pictures[block] = picture;
            latest.current.events.onArrival();
          })
          .catch((error: unknown) => isCurrent() && latest.current.events.onError(messageOf(error)));
      }
    },
    [scene, pictureOf],
  );
}
