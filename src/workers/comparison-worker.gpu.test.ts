/** The other metanets' opinions: the same wherever they are computed, and there even when the graphics device goes away. */
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import npNfn from '../../public/checkpoints/varying-cnns/np-nfn.safetensors?url';
import statNN from '../../public/checkpoints/varying-cnns/statnn.safetensors?url';
import { chain, randomInput } from '../engine/synthetic-graphs';
import { ComparisonWorker, type Opinion } from './comparison-worker';
import type { EngineChoice } from './predictors';

const { graph, values } = randomInput(chain([3, 20, 10], [3, 3]), 7);
let files: Blob[] = [];

beforeAll(async () => {
  files = await Promise.all([npNfn, statNN].map(async (url) => (await fetch(url)).blob()));
});

afterEach(() => vi.restoreAllMocks());

async function opinions(engine: EngineChoice): Promise<Opinion[]> {
  const all: Opinion[] = [];
  await new ComparisonWorker().compare(files, graph, values, engine, [], (opinion) => all.push(opinion));
  return all;
}

const places = (all: readonly Opinion[]) => all.map(({ metanet, computedOn }) => [metanet, computedOn]);

it('come from the GPU where it is wanted and runs the metanet, and are the same', async () => {
  const [onGpu, onCpu] = [await opinions('gpu'), await opinions('cpu')];
  expect(places(onGpu)).toEqual([
    ['np-nfn', 'gpu'],
    ['statnn', 'cpu'],
  ]);
  expect(places(onCpu)).toEqual([
    ['np-nfn', 'cpu'],
    ['statnn', 'cpu'],
  ]);
  onGpu.forEach(({ accuracy }, index) => {
    expect(accuracy).toBeCloseTo(onCpu[index].accuracy, 5);
  });
});

it('do not come from a software adapter that nobody asked for', async () => {
  expect(places(await opinions('auto'))).toEqual(places(await opinions('cpu')));
});

it('come from the CPU when the device is lost', async () => {
  const requestDevice = GPUAdapter.prototype.requestDevice;
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
    this: GPUAdapter,
    descriptor?: GPUDeviceDescriptor,
  ) {
    const device = await requestDevice.call(this, descriptor);
    device.destroy();
    return device;
  });
  expect(await opinions('gpu')).toEqual(await opinions('cpu'));
});

it('come from those that can be read, and what is wrong with the others is said', async () => {
  const all: Opinion[] = [];
  const broken = [new Blob(['no checkpoint']), ...files];
  const asked = new ComparisonWorker().compare(broken, graph, values, 'cpu', [], (opinion) =>
    all.push(opinion),
  );
  await expect(asked).rejects.toThrow(/checkpoint\.safetensors/);
  expect(all.length).toBe(2);
});
