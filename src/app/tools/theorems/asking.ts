/** Asking for the two theorems on the open network. One question at a time: the next one ends the one before. */

import { estimatedEdges } from '../../../tasks';
import type { NetworkValue } from '../../../workers/network-runner';
import type { NetworkRunnerWorker } from '../../../workers/network-runner-worker';
import type { NetworkRun, TheoremWorker } from '../../../workers/theorem-worker';
import { formatLarge } from '../../format';
import { openModelApi } from '../../model-client';
import { store } from '../../store';
import {
  type Client,
  connect,
  handedOver,
  messageOf,
  startNetworkRunner,
  withProgress,
} from '../../worker-clients';
import { type Answer, NOTHING, type TheoremState, theorems } from './theorem-store';

let theoremClient: Client<TheoremWorker> | undefined;
let runnerClient: Client<NetworkRunnerWorker> | undefined;

function startedTheorems(): Client<TheoremWorker>['api'] {
  theoremClient ??= connect<TheoremWorker>(
    new Worker(new URL('../../../workers/theorem-worker.ts', import.meta.url), {
      type: 'module',
      name: 'theorems',
    }),
  );
  return theoremClient.api;
}

function startedRunner(): Client<NetworkRunnerWorker>['api'] {
  runnerClient ??= startNetworkRunner();
  return runnerClient.api;
}

/** The questions, by where their answers stand. */
const QUESTIONS = ['pass', 'gmn', 'statistics'] as const;

/** Ends what is being computed; what has been answered stays. The workers start again with the next question. */
export function stopTheorems(): void {
  const state = theorems.getState();
  const running = QUESTIONS.filter((question) => state[question].status === 'running');
  if (running.length === 0) return;
  theoremClient?.end();
  runnerClient?.end();
  [theoremClient, runnerClient] = [undefined, undefined];
  theorems.setState({
    ...Object.fromEntries(running.map((question) => [question, { status: 'stopped' }])),
    ...(state.gmn.status === 'running' && { isGmn: false }),
  });
}

/** Forgets what was said of another model, or of the open one before an edit. */
export function followModel(modelNumber: number): void {
  if (theorems.getState().modelNumber === modelNumber) return;
  stopTheorems();
  theorems.setState({ modelNumber, pass: NOTHING, gmn: NOTHING, isGmn: false, statistics: NOTHING });
}

/** Asks, and puts what comes of it where it belongs, unless it was stopped meanwhile. */
async function ask<T>(
  question: (typeof QUESTIONS)[number],
  answer: (onShare: (share: number) => void) => Promise<T>,
) {
  stopTheorems();
  let running: Answer<never> = { status: 'running', share: 0 };
  const change = (next: Answer<T>) => {
    if (theorems.getState()[question] !== running) return false;
    theorems.setState({ [question]: next } as Partial<TheoremState>);
    return true;
  };
  theorems.setState({ [question]: running });
  try {
    const value = await answer((share) => {
      const next = { status: 'running', share } as const;
      if (change(next)) running = next;
    });
    change({ status: 'done', value });
  } catch (error) {
    change({ status: 'failed', reason: messageOf(error) });
  }
}

const roundsTo = (onShare: (share: number) => void) => (round: number, rounds: number) =>
  onShare(round / rounds);

/** What is estimated to be larger is not even written out: the worker’s own limit is a little lower. */
const MAX_ESTIMATED_EDGES = 60_000_000;

/** The open network with its edits, and a random input. */
async function networkRun(): Promise<NetworkRun & { inputs: readonly NetworkValue[] }> {
  const { model } = store.getState();
  if (!model) throw new Error('No model is open.');
  const edges = estimatedEdges(model.graph);
  if (edges > MAX_ESTIMATED_EDGES) {
    throw new Error(
      `Its computation graph would have about ${formatLarge(edges)} edges, too many to be simulated here. Open a smaller network, or one that takes smaller inputs.`,
    );
  }
  const api = openModelApi();
  const [onnx, inputs] = await Promise.all([api.toOnnx(true), api.inputs(theorems.getState().seed)]);
  if (inputs.length === 0) throw new Error('The network has no input to be run on.');
  return { onnx, fileName: model.fileName, input: inputs[0], inputs };
}

/** Runs the open network on a random input, as message passing and in ONNX Runtime. */
export function askForwardPass(seed: number): Promise<void> {
  stopTheorems();
  theorems.setState({ seed, gmn: NOTHING, isGmn: false });
  return ask('pass', async (onShare) => {
    const { inputs, ...run } = await networkRun();
    const pass = await withProgress(roundsTo(onShare), (told) => startedTheorems().forwardPass(run, told));
    // Only now: the runtime is fetched for networks that can be compared.
    const runner = startedRunner();
    await runner.load(run.onnx, run.fileName);
    const { outputs } = await runner.run(inputs);
    const expected = outputs.find(({ name }) => name === pass.outputName);
    if (!expected) throw new Error(`ONNX Runtime gives no numbers for "${pass.outputName}" to compare with.`);
    return { pass, expected };
  });
}

/** Says whether the same is wanted by the checkpoints' own GMN, and runs it where that has not been done. */
export async function chooseGmn(isGmn: boolean): Promise<void> {
  const { gmn } = theorems.getState();
  if (gmn.status === 'running') stopTheorems();
  theorems.setState({ isGmn });
  if (!isGmn || gmn.status === 'done') return;
  await ask('gmn', async (onShare) => {
    const { inputs: _, ...run } = await networkRun();
    return await withProgress(roundsTo(onShare), (told) => startedTheorems().gmnForwardPass(run, told));
  });
}

/** Adds up StatNN's statistics of the open network. */
export function askStatistics(): Promise<void> {
  return ask('statistics', async (onShare) => {
    const { model } = store.getState();
    if (!model) throw new Error('No model is open.');
    const values = await openModelApi().allValues();
    return await withProgress(onShare, (told) =>
      startedTheorems().statistics(model.graph, handedOver(values), told),
    );
  });
}
