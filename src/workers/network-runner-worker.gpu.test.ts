import * as Comlink from 'comlink';
import { expect, it } from 'vitest';
import modelUrl from '../../public/samples/cifar10-cnn-10.onnx?url';
import { blobSource, openModel } from '../formats';
import { readNetwork } from '../network';
import { randomInputs } from './network-runner-inputs';
import type { NetworkRunnerWorker } from './network-runner-worker';

it('runs a network in a worker, and says in a sentence what it cannot run', async () => {
  const worker = new Worker(new URL('./network-runner-worker.ts', import.meta.url), { type: 'module' });
  const runner = Comlink.wrap<NetworkRunnerWorker>(worker);
  const blob = await (await fetch(modelUrl)).blob();
  const network = await readNetwork(await openModel([blobSource(blob, 'sample.onnx')]));
  const inputs = randomInputs(network, 1);
  await runner.load(new Uint8Array(await blob.arrayBuffer()), 'sample.onnx');
  const { outputs, milliseconds } = await runner.run(inputs);
  expect(outputs[0].shape).toEqual([1, 10]);
  expect(outputs[0].values.every(Number.isFinite)).toBe(true);
  expect(milliseconds).toBeGreaterThan(0);
  expect((await runner.run(inputs)).outputs[0].values).toEqual(outputs[0].values);
  const [input] = inputs;
  const narrow = { ...input, shape: [1, 1, 8, 8], values: input.values.slice(0, 64) };
  await expect(runner.run([narrow])).rejects.toThrow(
    /The network stopped while it ran: .*\(sample\.onnx\)\. /,
  );
  await expect(runner.load(new Uint8Array([1, 2, 3]), 'broken.onnx')).rejects.toThrow(
    /The network cannot be prepared for running: .*\(broken\.onnx\)/,
  );
  worker.terminate();
});
