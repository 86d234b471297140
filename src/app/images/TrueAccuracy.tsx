/** How accurate the open network truly is, with its edits, on images that a person has chosen: ONNX Runtime runs it on them. */
import { useEffect } from 'react';
import type { NetworkValue } from '../../workers/network-runner';
import { showError } from '../actions';
import { describeError, formatCount, formatPercent } from '../format';
import { isSettled, useApp } from '../store';
import { pictureAxes } from '../tools/outputs/picture-input';
import { useAnswer } from '../use-answer';
import { Working } from '../Working';
import { ImagesChooser } from './ImagesChooser';
import { measureOpen, stopMeasuring, useImages, useTrueAccuracy } from './measuring';

/** Networks up to this are measured without being asked, and again after each edit. */
const MAX_UNASKED_PARAMETERS = 5e5;

export function TrueAccuracy({ predicted }: { predicted: number }) {
  const images = useImages((state) => state.images);
  const result = useTrueAccuracy();
  const measured = useImages((state) => state.measured);
  const modelNumber = useApp((state) => state.modelNumber);
  const parameters = useApp((state) => state.model?.graph.parameters.all ?? 0);
  // Under another view it waits: that may be measuring too.
  const isDue = useApp((state) => state.view === 'graph' && isSettled(state.verdict));
  const inputs = useAnswer('inputs', (api) => api.inputs(1));
  const takesImages = inputs !== undefined && readsImages(inputs);
  const isUnasked = parameters <= MAX_UNASKED_PARAMETERS;
  const isCurrent = 'of' in measured && measured.of === modelNumber;
  const isRunning = measured.status === 'running';
  const isWanted = images !== undefined && takesImages && isDue && !isCurrent && isUnasked;
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each edit it is measured anew
  useEffect(() => {
    if (isWanted) void measureOpen();
  }, [isWanted, images, modelNumber, measured.status === 'none']);
  if (!takesImages) return null;
  return (
    <div className="true-accuracy" aria-busy={isRunning}>
      {images && result && (
        <p className={isCurrent ? undefined : 'old'} data-testid="measured">
          On {images.name}: <strong>{formatPercent(result.accuracy)}</strong>{' '}
          <span className="muted">
            of {formatCount(result.count)} images (
            {isCurrent ? `${describeError(predicted - result.accuracy)}; ` : 'before the last edit; '}loss{' '}
            {result.loss.toFixed(2)})
          </span>
        </p>
      )}
      {isRunning && (
        <Working doing="Running the network on the images" share={measured.share} onCancel={stopMeasuring} />
      )}
      {measured.status === 'failed' && isCurrent && <p className="refusal">{measured.reason}</p>}
      {images && !isRunning && (measured.status === 'stopped' || (!isUnasked && !isCurrent)) && (
        <p>
          <button type="button" onClick={() => void measureOpen()}>
            Run it on {formatCount(images.count)} images
          </button>
        </p>
      )}
      <ImagesChooser ask="Measure it on your own images…" onError={showError} />
    </div>
  );
}

/** One array of pixels: a picture, or one laid out as a list. */
function readsImages(inputs: readonly NetworkValue[]): boolean {
  if (pictureAxes(inputs)) return true;
  const [{ shape }] = inputs;
  if (inputs.length !== 1 || shape.length !== 2) return false;
  return [1, 3].some((channels) => shape[1] >= 64 && Number.isInteger(Math.sqrt(shape[1] / channels)));
}
