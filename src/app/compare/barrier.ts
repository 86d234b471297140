/** Predicted accuracy on the straight line between two models. */
import { BARRIER_POINTS } from './barrier-height';
import { compareApi, predict } from './compare-client';
import { alignmentOf, type BarrierPoint, compareStore, type Prediction } from './compare-store';
import { predictEach } from './predictions';

/** Predicted without being asked where all points together take some seconds. */
export const MAX_UNASKED_PAIRS = 100_000;

export async function predictBarrier(): Promise<void> {
  const { left, comparison } = compareStore.getState();
  if (!left || !alignmentOf({ comparison })) return;
  const api = compareApi();
  const at = async (share: number, isAligned: boolean): Promise<Prediction> =>
    await predict(left.graph, await api.between(share, isAligned));
  await predictEach<BarrierPoint>(
    BARRIER_POINTS,
    async (index) => {
      const share = index / (BARRIER_POINTS - 1);
      const asFiled = await at(share, false);
      // Where the line begins, nothing has been aligned yet.
      return { share, asFiled, aligned: share === 0 ? asFiled : await at(share, true) };
    },
    (barrier) => {
      if (compareStore.getState().comparison === comparison) compareStore.setState({ barrier });
    },
  );
}
