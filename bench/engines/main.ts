/**
 * The page of `npm run bench`: this engine and its peers, side by side in one page, on the same graph with the same
 * checkpoint. Driven from ../engines.ts through `window.bench`.
 */
import { defaultDevice, init, jit, numpy as np } from '@jax-js/jax';
import * as ort from 'onnxruntime-web/webgpu';
import { OwnThread, openGpu, runGmnOnCpu } from '../../src/engine';
import { GmnProgram } from '../../src/engine/gmn-program';
import { blobSource, openModel } from '../../src/formats';
import { readCheckpoint } from '../../src/metanets/checkpoint';
import { EDGE_INPUTS } from '../../src/metanets/edge-inputs';
import { type GmnWeights, gmnWeights, runGmn } from '../../src/metanets/gmn';
import { blockInputDims, blockInputName, gmnToOnnx } from '../../src/metanets/gmn/to-onnx';
import type { MetanetInput } from '../../src/metanets/input';
import { cpuThreads } from '../../src/workers/band-threads';
import { type Algebra, GeneralGmn, peerInputs } from './algebra';
import { benchGraph } from './graphs';
import { JaxBackend } from './jax-backend';
import { generalOnnx } from './onnx-backend';

ort.env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/';
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const BUDGET = { budgetBytes: 2 ** 31 };

interface Runner {
  run(): Promise<ArrayLike<number>>;
  dispose(): Promise<void> | void;
}

const fetchBlob = async (url: string) => (await fetch(url)).blob();

async function loadWeights(): Promise<GmnWeights> {
  const file = await openModel([
    blobSource(await fetchBlob('/public/checkpoints/varying-cnns/gmn.safetensors'), 'gmn.safetensors'),
  ]);
  return gmnWeights(await readCheckpoint(file));
}

let weights: GmnWeights;
let input: MetanetInput;
let reference: ArrayLike<number>;
let x: Float32Array;

async function ortRunner(provider: 'webgpu' | 'wasm', algebra: Algebra | 'blocks'): Promise<Runner> {
  const model = algebra === 'blocks' ? gmnToOnnx(weights, input) : generalOnnx(weights, input, algebra);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
  });
  const { graph, values } = input;
  const feeds = (): Record<string, ort.Tensor> =>
    algebra === 'blocks'
      ? Object.fromEntries(
          graph.blocks.map((block, index) => [
            blockInputName(block, index),
            new ort.Tensor('float32', values[index], blockInputDims(block, graph)),
          ]),
        )
      : { x: new ort.Tensor('float32', x, [graph.pairCount, EDGE_INPUTS]) };
  return {
    run: async () => (await session.run(feeds(), ['outputs'])).outputs.getData() as Promise<Float32Array>,
    dispose: () => session.release(),
  };
}

async function jaxRunner(device: 'webgpu' | 'wasm', algebra: Algebra): Promise<Runner> {
  await init(device);
  defaultDevice(device);
  const model = new GeneralGmn(new JaxBackend(), weights, input, algebra);
  const forward = jit((edges: np.Array) => model.forward(edges));
  return {
    run: async () => {
      defaultDevice(device);
      const outputs = forward(np.array(x, { shape: [input.graph.pairCount, EDGE_INPUTS] }));
      return (await outputs.data()) as Float32Array;
    },
    dispose: () => forward.dispose(),
  };
}

async function gpuRunner(): Promise<Runner> {
  const gpu = await openGpu(console.error);
  if (typeof gpu === 'string') throw new Error(gpu);
  const program = await GmnProgram.create(gpu, weights);
  return {
    run: async () => (await program.run([input], BUDGET))[0].outputs,
    dispose: () => {
      program.destroy();
      gpu.device.destroy();
    },
  };
}

const RUNNERS: Readonly<Record<string, () => Promise<Runner>>> = {
  'this engine, GPU': gpuRunner,
  'this engine, WASM, 1 thread': async () => {
    const thread = new OwnThread();
    return {
      run: async () => (await runGmnOnCpu(weights, [input], [thread], BUDGET))[0].outputs,
      dispose: () => undefined,
    };
  },
  'this engine, WASM, threads': async () => {
    const threads = cpuThreads();
    return {
      run: async () => (await runGmnOnCpu(weights, [input], threads, BUDGET))[0].outputs,
      dispose: () => undefined,
    };
  },
  ...Object.fromEntries(
    (['webgpu', 'wasm'] as const).flatMap((provider) => [
      ...(['blocks', 'decomposed', 'pyg'] as const).map((algebra) => [
        `onnxruntime-web ${provider}, ${algebra}`,
        () => ortRunner(provider, algebra),
      ]),
      ...(['decomposed', 'pyg'] as const).map((algebra) => [
        `jax-js ${provider}, ${algebra}`,
        () => jaxRunner(provider, algebra),
      ]),
    ]),
  ),
};

const open = new Map<string, Runner>();

const bench = {
  names: Object.keys(RUNNERS),

  /** Loads a graph; closes what was open. Returns its size. */
  async load(name: string) {
    for (const runner of open.values()) await runner.dispose();
    open.clear();
    weights ??= await loadWeights();
    input = await benchGraph(name, async (sample) =>
      blobSource(await fetchBlob(`/public/samples/${sample}`), sample),
    );
    x = peerInputs(input);
    reference = runGmn(weights, input, { precision: 'float64' }).outputs;
    const { nodeCount, pairCount, edgeCount } = input.graph;
    return { nodeCount, pairCount, edgeCount };
  },

  /** Makes a runner ready, and runs it once: milliseconds for both, and the relative difference from the reference. */
  async prepare(name: string) {
    const start = performance.now();
    const runner = await RUNNERS[name]();
    open.set(name, runner);
    const ready = performance.now();
    const outputs = await runner.run();
    const first = performance.now();
    return {
      prepareMs: ready - start,
      firstMs: first - ready,
      difference: this.difference(Array.from(outputs)),
    };
  },

  /** Largest difference from the reference, relative to its largest output. */
  difference(outputs: readonly number[]): number {
    let [difference, magnitude] = [0, 0];
    for (let k = 0; k < reference.length; k++) {
      difference = Math.max(difference, Math.abs(outputs[k] - reference[k]));
      magnitude = Math.max(magnitude, Math.abs(reference[k]));
    }
    return difference / magnitude;
  },

  async time(name: string) {
    const runner = open.get(name);
    if (!runner) throw new Error(`${name} is not open.`);
    const start = performance.now();
    await runner.run();
    return performance.now() - start;
  },

  async close(name: string) {
    await open.get(name)?.dispose();
    open.delete(name);
  },
};

export type Bench = typeof bench;

Object.assign(globalThis, { bench });
