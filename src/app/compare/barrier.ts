/** Accuracy on the straight line between two models: as the metanet predicts it, and as a person's own images say. */
import { imagesStore, measure, postponeMeasuring } from '../images/measuring';
import { openModelApi } from '../model-client';
import { store } from '../store';
import { BARRIER_POINTS } from './barrier-height';
import { compareApi, predict } from './compare-client';
import { alignmentOf, type BarrierPoint, compareStore, NO_STEPS, type Prediction } from './compare-store';
import { measurements, predictions } from './predictions';
import type { StepByStep } from './step-by-step';

/** Predicted without being asked where all points together take some seconds. */
export const MAX_UNASKED_PAIRS = 100_000;

/** Enough to see a barrier: of 1,000 images, an accuracy is off by a point and a half. */
export const BARRIER_IMAGES = 1000;

export async function predictBarrier(): Promise<void> {
  const { left, comparison } = compareStore.getState();
  if (!left || !alignmentOf({ comparison })) return;
  const api = compareApi();
  await alongTheLine<Prediction>(predictions, 'barrier', async (share, isAligned, signal) => {
    const values = await api.between(share, isAligned);
    signal.throwIfAborted();
    return await predict(left.graph, values);
  });
}

export async function measureBarrier(): Promise<void> {
  const { left, comparison } = compareStore.getState();
  if (!left || !alignmentOf({ comparison })) return;
  postponeMeasuring();
  const api = compareApi();
  let frame: Promise<unknown> | undefined;
  await alongTheLine(measurements, 'trueBarrier', async (share, isAligned, signal) => {
    frame ??= giveFrame();
    await frame;
    const onnx = await api.onnxBetween(share, isAligned);
    signal.throwIfAborted();
    return await measure(onnx, left.name, BARRIER_IMAGES);
  });
}

// What was measured on other images, or of other numbers for their pixels, is not true of these.
imagesStore.subscribe((now, before) => {
  if (now.images === before.images && now.scaling === before.scaling) return;
  measurements.stop();
  compareStore.setState({ trueBarrier: NO_STEPS });
});

/** Gives the comparing worker the open model as a file, if that is on the left; files that it has opened itself, it has. */
async function giveFrame(): Promise<void> {
  const { left } = compareStore.getState();
  if (left?.choice.kind !== 'open') return;
  if (left.modelNumber !== store.getState().modelNumber) {
    throw new Error('The model on the left is no longer open as it was. Choose it again.');
  }
  await compareApi().giveFrame(await openModelApi().toOnnx(true));
}

async function alongTheLine<Value>(
  steps: StepByStep,
  key: 'barrier' | 'trueBarrier',
  at: (share: number, isAligned: boolean, signal: AbortSignal) => Promise<Value>,
): Promise<void> {
  const { comparison } = compareStore.getState();
  await steps.run<BarrierPoint<Value>>(
    BARRIER_POINTS,
    async (index, signal) => {
      const share = index / (BARRIER_POINTS - 1);
      const asFiled = await at(share, false, signal);
      // Where the line begins, nothing has been aligned yet.
      return { share, asFiled, aligned: share === 0 ? asFiled : await at(share, true, signal) };
    },
    (points) => {
      if (compareStore.getState().comparison === comparison) compareStore.setState({ [key]: points });
    },
  );
}
