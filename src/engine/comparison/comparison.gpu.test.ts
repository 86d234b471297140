/** Every metanet that the GPU runs, held to its plain reference: on all fixtures, on shapes that no fixture has, as trained. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fixtureOutputs from '../../../training/fixtures/gmn.json';
import { memorySource, openModel } from '../../formats';
import { buildGraph, readAllValues } from '../../graph';
import { type Checkpoint, readCheckpoint } from '../../metanets/checkpoint';
import { dmcWeights, runDmc } from '../../metanets/dmc';
import { gmnWeights, runGmn } from '../../metanets/gmn';
import { type MetanetInput, metanetInput } from '../../metanets/input';
import type { Precision } from '../../metanets/linear-algebra';
import { ngGnnWeights, ngTWeights, runNgGnn, runNgT } from '../../metanets/neural-graphs';
import { npNfnWeights, runNpNfn } from '../../metanets/np-nfn';
import type { MetanetOutput } from '../../metanets/output';
import { readNetwork } from '../../network';
import { type Gpu, openGpu } from '../device';
import { withFewWorkgroups } from '../few-workgroups';
import { GraphTooLargeError } from '../gpu-error';
import { Kernels } from '../kernels';
import { difference, GRAPHS } from '../random-graphs';
import { chain, makeGraph, randomInput } from '../synthetic-graphs';
import { type GpuRun, openOnGpu } from './open-on-gpu';
import { TENSOR_KERNELS, TensorOps } from './tensor-ops';

/** float32 on the device, sums in another order, exp and log to a few units in the last place. */
const SAME_NUMBERS = 1e-5;

type Run = (input: MetanetInput) => MetanetOutput;

const exactly =
  <Weights>(
    read: (checkpoint: Checkpoint) => Weights,
    run: (weights: Weights, input: MetanetInput, options: { precision: Precision }) => MetanetOutput,
  ) =>
  (checkpoint: Checkpoint): Run => {
    const weights = read(checkpoint);
    return (input) => run(weights, input, { precision: 'float64' });
  };

const REFERENCES: Record<string, (checkpoint: Checkpoint) => Run> = {
  'ng-gnn': exactly(ngGnnWeights, runNgGnn),
  'ng-t': exactly(ngTWeights, runNgT),
  'np-nfn': exactly(npNfnWeights, runNpNfn),
  dmc: exactly(dmcWeights, runDmc),
  'no-message': exactly(gmnWeights, runGmn),
};
const METANETS = Object.keys(REFERENCES);

const FILES = import.meta.glob<string>(
  ['../../../training/fixtures/onnx/*.onnx', '../../../training/fixtures/*.safetensors'],
  { query: '?url', import: 'default', eager: true },
);

/** Larger than one submission on a software adapter, and with nodes of many edges. */
const LARGE_GRAPHS = {
  'several submissions': chain([40, 60, 30, 10], [3, 3]),
  'thousands of edges at a node': chain([1, 2000, 1], []),
};

/** A fixture by its path in training/fixtures, or the page's own file by its path in public, which begins with a slash. */
async function openFile(path: string) {
  const url = path.startsWith('/') ? path : FILES[`../../../training/fixtures/${path}`];
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return await openModel([memorySource(bytes, path)]);
}

const openCheckpoint = async (path: string) => await readCheckpoint(await openFile(`${path}.safetensors`));

const inputs = new Map<string, Promise<MetanetInput>>();

/** Read once for all metanets. */
function openInput(path: string): Promise<MetanetInput> {
  const read = async () => {
    const graph = buildGraph(await readNetwork(await openFile(`${path}.onnx`)));
    return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
  };
  const opened = inputs.get(path) ?? read();
  inputs.set(path, opened);
  return opened;
}

let gpu: Gpu;
const uncaptured: string[] = [];

beforeAll(async () => {
  const opened = await openGpu((error) => uncaptured.push(error.message));
  if (typeof opened === 'string') throw new Error(`No GPU to test on: ${opened}`);
  gpu = opened;
});

afterAll(() => expect(uncaptured).toEqual([]));

async function openOn(device: Gpu, path: string): Promise<{ onGpu: GpuRun; reference: Run }> {
  const checkpoint = await openCheckpoint(path);
  const onGpu = await openOnGpu(device, checkpoint);
  if (!onGpu) throw new Error(`${path} has no path on the GPU.`);
  return { onGpu, reference: REFERENCES[checkpoint.card.metanet](checkpoint) };
}

async function expectSame(onGpu: GpuRun, reference: Run, input: MetanetInput): Promise<MetanetOutput> {
  const expected = reference(input);
  const actual = await onGpu(input);
  expect(difference(actual.outputs, expected.outputs)).toBeLessThan(SAME_NUMBERS);
  expect(difference(actual.embedding, expected.embedding)).toBeLessThan(SAME_NUMBERS);
  return actual;
}

describe.each(METANETS)('%s on the GPU', (metanet) => {
  let onGpu: GpuRun;
  let reference: Run;
  beforeAll(async () => {
    ({ onGpu, reference } = await openOn(gpu, metanet));
  });

  it.each(Object.keys(fixtureOutputs))('equals the reference on %s', async (name) => {
    await expectSame(onGpu, reference, await openInput(`onnx/${name}`));
  });

  it.each(Object.keys(GRAPHS))('equals the reference on %s, and itself again', async (name) => {
    const input = randomInput(GRAPHS[name], 1);
    expect(await onGpu(input)).toEqual(await expectSame(onGpu, reference, input));
  });
});

describe('a network without a single edge', () => {
  it.each(METANETS)('is no error to %s', async (metanet) => {
    const { onGpu, reference } = await openOn(gpu, metanet);
    await expectSame(onGpu, reference, randomInput(makeGraph([3, 2], []), 1));
  });
});

describe.each(METANETS)('%s as trained, on the GPU', (metanet) => {
  let onGpu: GpuRun;
  let reference: Run;
  beforeAll(async () => {
    ({ onGpu, reference } = await openOn(gpu, `/checkpoints/varying-cnns/${metanet}`));
  });

  it.each(['cifar10-cnn-10', 'cifar10-cnn-62'])('equals the reference on the sample %s', async (name) => {
    await expectSame(onGpu, reference, await openInput(`/samples/${name}`));
  });

  it.each(Object.entries(LARGE_GRAPHS))(
    'equals the reference with %s',
    { timeout: 60_000 },
    async (_, graph) => {
      await expectSame(onGpu, reference, randomInput(graph, 2));
    },
  );

  it('gives the same bits in one submission and in many', async () => {
    const input = randomInput(LARGE_GRAPHS['several submissions'], 2);
    const inOne = await openOn({ ...gpu, isSoftware: false }, `/checkpoints/varying-cnns/${metanet}`);
    expect(await inOne.onGpu(input)).toEqual(await onGpu(input));
  });
});

describe('metanets on the GPU', () => {
  it.each(['statnn', 'statnn-mlp', 'deepsets'])('leave %s to its reference', async (metanet) => {
    expect(await openOnGpu(gpu, await openCheckpoint(metanet))).toBeUndefined();
  });

  it.each(METANETS)('release every buffer: %s', async (metanet) => {
    const { onGpu } = await openOn(gpu, metanet);
    const { device } = gpu;
    let live = 0;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      live++;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        live--;
        destroy();
      };
      return buffer;
    };
    try {
      const input = await openInput('onnx/residual.old');
      for (let round = 0; round < 3; round++) await onGpu(input);
      expect(live).toBe(0);
    } finally {
      device.createBuffer = createBuffer;
    }
  });
});

describe('with more workgroups than one dispatch dimension holds', () => {
  it.each(METANETS)('%s gives the bits that equal the reference', async (metanet) => {
    const { onGpu } = await openOn(gpu, metanet);
    for (const [name, graph] of Object.entries(GRAPHS)) {
      const run = () => onGpu(randomInput(graph, 1));
      expect(await withFewWorkgroups(gpu.device, run), name).toEqual(await run());
    }
  });
});

describe('a network that the device has no room for', () => {
  let small: Gpu;
  beforeAll(() => {
    const { maxBufferSize } = gpu.device.limits;
    const limits = { maxBufferSize, maxStorageBufferBindingSize: 2 ** 12 };
    const device = new Proxy(gpu.device, {
      get: (target, key) => {
        if (key === 'limits') return limits;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    small = { ...gpu, device };
  });

  it.each(METANETS)('is refused in one sentence: %s', async (metanet) => {
    const { onGpu } = await openOn(small, metanet);
    const input = randomInput(chain([30, 40, 10], []), 3);
    await expect(onGpu(input)).rejects.toThrow(GraphTooLargeError);
  });
});

describe('tensor operations', () => {
  beforeAll(async () => await Kernels.of(gpu.device).compile(TENSOR_KERNELS));

  it('give the same rows in one dispatch and in many', async () => {
    const rows = 300_000;
    const x = Float32Array.from({ length: 4 * rows }, (_, i) => Math.sin(i));
    const weight = Float32Array.from({ length: 4 * 64 }, (_, i) => Math.cos(i));
    const run = async (isSoftware: boolean) => {
      const ops = new TensorOps({ ...gpu, isSoftware });
      const y = ops.linear(ops.upload('x', x, 4), { weight, inputs: 4, outputs: 64 });
      const numbers = await ops.read(y);
      ops.destroy();
      return numbers;
    };
    const [inOne, inMany] = [await run(false), await run(true)];
    expect(inOne.length).toBe(64 * rows);
    expect(inMany.every((value, i) => value === inOne[i])).toBe(true);
    expect(inOne.at(-1)).toBeCloseTo(
      [0, 1, 2, 3].reduce((sum, k) => sum + x[4 * rows - 4 + k] * weight[4 * 63 + k], 0),
      5,
    );
  });
});
