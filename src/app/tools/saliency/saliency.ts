/** Asking what the prediction for the open network hangs on, and what it would be without some of it. */
import { isWeightBlock } from '../../../graph';
import { type SalientEdge, strongestEdges } from '../../../tasks';
import { restartMetanet, startedMetanet } from '../../judging';
import { openModelApi } from '../../model-client';
import { type SaliencyState, store } from '../../store';
import { handedOver, messageOf, withProgress } from '../../worker-clients';

export async function askSaliency(): Promise<void> {
  const { model, modelNumber, budgetBytes, backend, saliency } = store.getState();
  if (!model || !backend || saliency.status === 'running' || saliency.status === 'done') return;
  const running: SaliencyState = { status: 'running', share: 0 };
  store.setState({ saliency: running });
  const change = (state: SaliencyState) => {
    const { modelNumber: number, saliency: now } = store.getState();
    if (number === modelNumber && now.status === 'running') store.setState({ saliency: state });
  };
  try {
    const metanet = await startedMetanet();
    const values = await openModelApi().allValues();
    const { saliency } = await withProgress(
      (share: number) => change({ status: 'running', share }),
      (onProgress) => metanet.saliency(backend.zoo, model.graph, handedOver(values), budgetBytes, onProgress),
    );
    change({ status: 'done', saliency });
  } catch (error) {
    change({ status: 'failed', reason: messageOf(error) });
  }
}

export function cancelSaliency(): void {
  restartMetanet();
  store.setState({ saliency: { status: 'stopped' } });
}

/** The weights that raise the prediction most, or lower it most: `count` at the most, the strongest first. */
export function weightsThat(direction: 'raise' | 'lower', count: number): SalientEdge[] {
  const { model, saliency } = store.getState();
  if (!model || saliency.status !== 'done') return [];
  const sign = direction === 'raise' ? 1 : -1;
  const edges = saliency.saliency.edges.map((list) => list.map((value) => Math.max(0, sign * value)));
  return strongestEdges(model.graph, edges, count, isWeightBlock)
    .filter((edge) => edge.saliency > 0)
    .map((edge) => ({ ...edge, saliency: sign * edge.saliency }));
}

/** What the metanet says of the open network without these weights, 0 … 1; the network itself stays as it is. */
export async function accuracyWithout(edges: readonly SalientEdge[]): Promise<number> {
  const { model, budgetBytes, backend } = store.getState();
  if (!model || !backend) throw new Error('No model is open.');
  const metanet = await startedMetanet();
  const values = await openModelApi().allValues();
  for (const { block, edge } of edges) values[block][edge] = 0;
  const { verdict } = await metanet.predict(backend.zoo, model.graph, handedOver(values), [], budgetBytes);
  return verdict.accuracy;
}
