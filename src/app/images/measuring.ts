/** Labelled images that a person has chosen, and how accurate the open network truly is on them. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Accuracy, Scaling } from '../../images';
import type { AccuracyWorker, ImagesSummary } from '../../workers/accuracy-worker';
import type { ModelSummary } from '../../workers/model-summary';
import { openModelApi } from '../model-client';
import { store, useApp } from '../store';
import { type Client, connect, messageOf, withProgress } from '../worker-clients';

/** `of`: the number of the model, which each edit changes. */
export type Measured =
  | { readonly status: 'none' }
  /** `last`: of the same model, before another edit. */
  | {
      readonly status: 'running';
      readonly model: ModelSummary;
      readonly share: number;
      readonly last?: Accuracy;
    }
  | { readonly status: 'done'; readonly model: ModelSummary; readonly of: number; readonly result: Accuracy }
  | { readonly status: 'failed'; readonly of: number; readonly reason: string }
  | { readonly status: 'stopped'; readonly of: number };

interface ImagesState {
  readonly images: ImagesSummary | undefined;
  /** The file that is being read. */
  readonly reading: string | undefined;
  readonly scaling: Scaling;
  readonly measured: Measured;
}

const NOT_MEASURED: Measured = { status: 'none' };

export const imagesStore = createStore<ImagesState>(() => ({
  images: undefined,
  reading: undefined,
  scaling: 'zoo',
  measured: NOT_MEASURED,
}));

export const useImages = <T>(select: (state: ImagesState) => T): T => useStore(imagesStore, select);

let client: Client<AccuracyWorker> | undefined;

function accuracyApi(): Client<AccuracyWorker>['api'] {
  client ??= connect(
    new Worker(new URL('../../workers/accuracy-worker.ts', import.meta.url), {
      type: 'module',
      name: 'accuracy',
    }),
  );
  return client.api;
}

/** Reads images; if the file holds none, those before stay. Rejects with an Error whose message says what is wrong. */
export async function chooseImages(name: string, blob: Blob): Promise<void> {
  imagesStore.setState({ reading: name });
  try {
    const images = await accuracyApi().read(blob, name);
    const { scaling } = imagesStore.getState();
    const fitting = images.channels === 3 ? scaling : scaling === 'zoo' ? 'standardised' : scaling;
    postponeMeasuring();
    imagesStore.setState({ images, scaling: fitting, measured: NOT_MEASURED });
  } finally {
    imagesStore.setState({ reading: undefined });
  }
}

export function chooseScaling(scaling: Scaling): void {
  postponeMeasuring();
  imagesStore.setState({ scaling, measured: NOT_MEASURED });
}

/** Measures a network, given as ONNX, on the first `count` of the images, or on all. Rejects where it cannot be run on them. */
export async function measure(
  onnx: Uint8Array,
  fileName: string,
  count?: number,
  onProgress: (share: number) => void = () => undefined,
): Promise<Accuracy> {
  const { scaling } = imagesStore.getState();
  const options = { scaling, ...(count !== undefined && { count }) };
  return await withProgress(onProgress, (told) => accuracyApi().measure(onnx, fileName, options, told));
}

/** A measurement of the open network: of which model, by its number, and when it has ended, well or badly. */
interface Measuring {
  readonly of: number;
  ended: Promise<void>;
}

let current: Measuring | undefined;

/** Measures the open network, with its edits, on all images. Resolves when it is measured, or something else is measured instead. */
export function measureOpen(): Promise<void> {
  const { model, modelNumber } = store.getState();
  if (!model) return Promise.resolve();
  if (current?.of === modelNumber) return current.ended;
  const own: Measuring = { of: modelNumber, ended: Promise.resolve() };
  current = own;
  own.ended = measureAs(own, model);
  return own.ended;
}

async function measureAs(own: Measuring, model: ModelSummary): Promise<void> {
  const last = resultOf(imagesStore.getState().measured, model);
  const change = (measured: Measured) => {
    if (current === own) imagesStore.setState({ measured });
  };
  const onProgress = (share: number) => change({ status: 'running', model, share, ...(last && { last }) });
  onProgress(0);
  try {
    const onnx = await openModelApi().toOnnx(true);
    if (current !== own) return;
    const result = await measure(onnx, model.fileName, undefined, onProgress);
    change({ status: 'done', model, of: own.of, result });
  } catch (error) {
    change({ status: 'failed', of: own.of, reason: messageOf(error) });
  }
  if (current === own) current = undefined;
}

/** A person does not want to wait for the open network any longer. */
export const stopMeasuring = () => giveUp({ status: 'stopped', of: store.getState().modelNumber });

/** Something else is to be measured first. */
export const postponeMeasuring = () => giveUp(NOT_MEASURED);

// Nobody waits for what another model, which was open before, would have got.
store.subscribe((now, before) => {
  if (now.model !== before.model) postponeMeasuring();
});

function giveUp(measured: Measured): void {
  if (!current) return;
  current = undefined;
  endMeasurement();
  imagesStore.setState({ measured });
}

/** Ends the measurement that is under way: it rejects. */
export function endMeasurement(): void {
  void client?.api.stop();
}

/** What was measured last of a model, with its edits or before them. */
function resultOf(measured: Measured, model: ModelSummary | undefined): Accuracy | undefined {
  if (!('model' in measured) || measured.model !== model) return undefined;
  return measured.status === 'done' ? measured.result : measured.last;
}

/** What was measured of the open model as it is, with all its edits. */
export function useTruthNow(): Accuracy | undefined {
  const modelNumber = useApp((state) => state.modelNumber);
  const measured = useImages((state) => state.measured);
  return measured.status === 'done' && measured.of === modelNumber ? measured.result : undefined;
}

/** What was measured last of the open model: as it is, or, while it is measured anew, before an edit. */
export function useTrueAccuracy(): Accuracy | undefined {
  const model = useApp((state) => state.model);
  return resultOf(
    useImages((state) => state.measured),
    model,
  );
}
