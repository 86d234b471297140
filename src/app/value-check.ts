/** Looking for what is wrong with the open model's numbers. */
import { openModelApi } from './model-client';
import { store, type ValueCheckState } from './store';
import { messageOf, withProgress } from './worker-clients';

/** Looks for what is wrong with the open model's numbers. */
export async function checkValues(): Promise<void> {
  const { model, valueCheck } = store.getState();
  if (valueCheck.status === 'running' || valueCheck.status === 'done') return;
  const change = (state: ValueCheckState) => {
    // It is the file that is checked, whatever is edited meanwhile.
    if (store.getState().model === model) store.setState({ valueCheck: state });
  };
  change({ status: 'running', share: 0 });
  try {
    const check = await withProgress(
      (share: number) => {
        if (store.getState().valueCheck.status === 'running') change({ status: 'running', share });
      },
      (onProgress) => openModelApi().checkValues(onProgress),
    );
    change({ status: 'done', check });
  } catch (error) {
    // A later check may have begun.
    if (store.getState().valueCheck.status === 'running')
      change({ status: 'failed', reason: messageOf(error) });
  }
}

export function stopCheckingValues(): void {
  openModelApi()
    .stopChecking()
    .catch(() => undefined); // another model is open
  store.setState({ valueCheck: { status: 'none' } });
}
