/** A graphics device that goes away in mid-run: the answer comes all the same, and says so in one line. */
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import checkpointUrl from '../../public/checkpoints/varying-cnns/gmn.safetensors?url';
import { chain, randomInput } from '../engine/synthetic-graphs';
import { MetanetWorker } from './metanet-worker';

const BUDGET = 2 ** 28;
const ZOO = 'varying-cnns';
const CHECKPOINTS = [{ zoo: ZOO, url: checkpointUrl }];
/** More pairs than one submission holds on a software adapter: several strips, and time to be lost in. */
const input = randomInput(chain([3, 150, 150, 10], []), 7);
let expected = 0;

/** Destroys the first `count` devices as soon as they have reported progress. */
function losing(count: number): (share: number) => void {
  const devices: GPUDevice[] = [];
  const requestDevice = GPUAdapter.prototype.requestDevice;
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
    this: GPUAdapter,
    descriptor?: GPUDeviceDescriptor,
  ) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  });
  return () => {
    if (devices.length <= count) devices.at(-1)?.destroy();
  };
}

afterEach(() => vi.restoreAllMocks());

beforeAll(async () => {
  const worker = new MetanetWorker();
  await worker.start(CHECKPOINTS, 'cpu');
  const { verdict } = await worker.predict(ZOO, input.graph, input.values, [], BUDGET, () => undefined);
  expected = verdict.accuracy;
});

it('a lost device is replaced, and the answer is right', async () => {
  const lose = losing(1);
  const worker = new MetanetWorker();
  expect((await worker.start(CHECKPOINTS, 'gpu')).kind).toBe('gpu');
  const { verdict, backend, notice } = await worker.predict(ZOO, input.graph, input.values, [], BUDGET, lose);
  expect(verdict.accuracy).toBeCloseTo(expected, 5);
  expect(backend?.kind).toBe('gpu');
  expect(notice).toMatch(/device was lost.*again on a new one\.$/);
});

it('a device that is lost again and again gives way to the CPU', async () => {
  const lose = losing(2);
  const worker = new MetanetWorker();
  await worker.start(CHECKPOINTS, 'gpu');
  const { verdict, backend, notice } = await worker.predict(ZOO, input.graph, input.values, [], BUDGET, lose);
  expect(verdict.accuracy).toBeCloseTo(expected, 5);
  expect(backend?.kind).toBe('cpu');
  expect(notice).toMatch(/again on the CPU\.$/);
});

it('two questions on a device that is lost are both answered on one new device', async () => {
  const lose = losing(1);
  const requests = vi.mocked(GPUAdapter.prototype.requestDevice).mock.calls;
  const worker = new MetanetWorker();
  await worker.start(CHECKPOINTS, 'gpu');
  const ask = () => worker.predict(ZOO, input.graph, input.values, [], BUDGET, lose);
  const answers = await Promise.all([ask(), ask()]);
  for (const { verdict, backend } of answers) {
    expect(verdict.accuracy).toBeCloseTo(expected, 5);
    expect(backend?.kind).toBe('gpu');
  }
  expect(requests.length).toBe(2);
});
