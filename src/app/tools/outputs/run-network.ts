/** Running the open network itself, in ONNX Runtime: as its file has it, and with the edits, on the same input. */
import type { ModelSummary } from '../../../workers/model-summary';
import type { NetworkResults } from '../../../workers/network-runner';
import type { NetworkRunnerWorker } from '../../../workers/network-runner-worker';
import { openModelApi } from '../../model-client';
import { lastOutputs, type NetworkInput, type OutputsState, store } from '../../store';
import { type Client, messageOf, startNetworkRunner } from '../../worker-clients';

/** One runtime for the page: it is loaded when a network is run for the first time. */
let runner: Client<NetworkRunnerWorker> | undefined;
/** The results of the file as it is, which edits do not change. */
let unedited: {
  readonly model: ModelSummary;
  readonly input: NetworkInput;
  readonly results: NetworkResults;
};
/** The run that is under way. */
let current: object | undefined;
let isWanted = false;

/** Runs the network; if it runs already, then once more with what has changed. */
export async function runNetwork(): Promise<void> {
  isWanted = true;
  if (current) return;
  const own = {};
  current = own;
  while (isWanted && current === own) {
    isWanted = false;
    await runBoth(() => current === own);
  }
  if (current === own) current = undefined;
}

/** Ends a run that is under way, and the runtime with it. `status`: whether it was a person who stopped it. */
export function stopRunning(status: 'none' | 'stopped'): void {
  if (!current) return;
  current = undefined;
  isWanted = false;
  runner?.end();
  runner = undefined;
  store.setState({ outputs: { status } });
}

async function runBoth(isUnderWay: () => boolean): Promise<void> {
  const { model, modelNumber, edits, networkInput, outputs: before } = store.getState();
  if (!model) return;
  const change = (outputs: OutputsState) => {
    const now = store.getState();
    const isOfThis = now.modelNumber === modelNumber && now.networkInput === networkInput;
    if (isOfThis && isUnderWay()) store.setState({ outputs });
  };
  change({ status: 'running', last: lastOutputs(before) });
  try {
    if (unedited?.model !== model || unedited.input !== networkInput) {
      unedited = { model, input: networkInput, results: await run(model, networkInput, false) };
    }
    const { results } = unedited;
    const after = edits.edits.length === 0 ? results : await run(model, networkInput, true);
    change({ status: 'done', outputs: { before: results, after } });
  } catch (error) {
    change({ status: 'failed', reason: messageOf(error) });
  }
}

async function run(model: ModelSummary, input: NetworkInput, isEdited: boolean): Promise<NetworkResults> {
  runner ??= startNetworkRunner();
  const { api } = runner;
  await api.load(await openModelApi().toOnnx(isEdited), model.fileName);
  return await api.run(input.kind === 'random' ? await openModelApi().inputs(input.seed) : input.values);
}
