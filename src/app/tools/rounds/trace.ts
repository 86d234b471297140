/** Asking what the metanet computes on the open network round by round. */
import { MAX_PAIR_BYTES, pairStateBytes } from '../../../tasks';
import { restartMetanet, startedMetanet } from '../../judging';
import { openModelApi } from '../../model-client';
import { store, useApp } from '../../store';
import { handedOver, messageOf, withProgress } from '../../worker-clients';
import { NO_TRACE, type RoundsView, type TraceState } from './state';

/** The trace of the open model as it now is; none where there is only one of what it was before. */
export function useTrace(): TraceState {
  const trace = useApp((state) => state.trace);
  const modelNumber = useApp((state) => state.modelNumber);
  return trace.status !== 'none' && trace.modelNumber === modelNumber ? trace : NO_TRACE;
}

export async function askTrace(): Promise<void> {
  const { model, modelNumber, budgetBytes, backend } = store.getState();
  if (!model || !backend) return;
  const about = { modelNumber };
  let latest: TraceState = { ...about, status: 'running', share: 0 };
  store.setState({ trace: latest });
  /** Only while nothing else was asked for meanwhile. */
  const change = (state: TraceState) => {
    if (store.getState().trace !== latest) return;
    latest = state;
    store.setState({ trace: state });
  };
  try {
    const metanet = await startedMetanet();
    const values = await openModelApi().allValues();
    const keepsPairs = pairStateBytes(model.graph, backend.card.config) <= MAX_PAIR_BYTES;
    const { trace } = await withProgress(
      (share: number) => change({ ...about, status: 'running', share }),
      (onProgress) =>
        metanet.trace(backend.zoo, model.graph, handedOver(values), budgetBytes, keepsPairs, onProgress),
    );
    change({ ...about, status: 'done', trace });
  } catch (error) {
    change({ ...about, status: 'failed', reason: messageOf(error) });
  }
}

export function cancelTrace(): void {
  restartMetanet();
  store.setState(({ modelNumber }) => ({ trace: { status: 'cancelled', modelNumber } }));
}

export const showRounds = (change: Partial<RoundsView>) =>
  store.setState(({ roundsView }) => ({ roundsView: { ...roundsView, ...change } }));
