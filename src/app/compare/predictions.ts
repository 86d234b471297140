/** Predictions of the Compare view, and the true accuracies beside them. */
import { endMeasurement } from '../images/measuring';
import { endPredicting } from './compare-client';
import { StepByStep } from './step-by-step';

export const predictions = new StepByStep(endPredicting);

export const measurements = new StepByStep(endMeasurement);

export function stopPredicting(): void {
  predictions.stop();
  measurements.stop();
}
