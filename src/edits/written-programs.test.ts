/** Networks of other formats written out as ONNX: ONNX Runtime computes what the library that made them does. */
import { describe, expect, it } from 'vitest';
import { type ModelFile, readTensor, type StoredTensor } from '../formats';
import { settingsOf } from '../formats/gguf/settings';
import { readFixtureJson } from '../formats/testing';
import { buildGraph } from '../graph';
import { type Corrections, readNetwork } from '../network';
import { relativeDifference } from '../testing';
import type { NetworkValue } from '../workers/network-runner';
import { randomInputs } from '../workers/network-runner-inputs';
import { filesIn, open, openStateDict, runWith, source } from './testing';

/** float32 on both sides, relative to the largest output. */
const SAME_FUNCTION = 1e-5;

interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

describe('Keras', () => {
  const outputs = readFixtureJson<Record<string, Stored[]>>('keras-outputs.json');
  const files = filesIn('keras', '.gz').map((file) => [file, file.replace(/^keras\/|\..*/g, '')] as const);

  it.each(files)('%s computes what Keras computes', async (file, name) => {
    const opened = await open(source(file));
    expect(opened.model.warnings).toEqual([]);
    const inputs = randomInputs(opened.network, 1).map(
      (input): NetworkValue => ({
        ...input,
        // The same as in make_outputs.py.
        values: input.values.map((_, index) =>
          input.name === 'tokens' ? index % 20 : Math.sin(index * 12.9898),
        ),
      }),
    );
    const results = await runWith(opened, inputs);
    outputs[name].forEach(({ shape, values }, index) => {
      expect(results[index].shape).toEqual(shape);
      expect(relativeDifference(results[index].values, values)).toBeLessThan(SAME_FUNCTION);
    });
  });
});

describe('TensorFlow Lite', () => {
  interface Expected {
    readonly inputs: readonly Stored[];
    readonly outputs: readonly Stored[];
    readonly tolerance: number;
  }
  const { types: _, ...networks } = readFixtureJson<Record<string, Expected>>('tflite/expected.json');

  it.each(Object.entries(networks))(
    '%s computes what LiteRT computes',
    async (name, { inputs, outputs, tolerance }) => {
      const opened = await open(source(`tflite/${name}.tflite`));
      const given = opened.network.program.inputs.map((input, index): NetworkValue => {
        // Integers that stand for real numbers are real here.
        const real = (value: number) => (name === 'quantised' ? (value - 3) / 64 : value);
        return {
          name: input.name,
          shape: inputs[index].shape,
          values: Float32Array.from(inputs[index].values, real),
        };
      });
      const results = await runWith(opened, given);
      outputs.forEach(({ values }, index) => {
        expect(results[index].values).toHaveLength(values.length);
        values.forEach((value, place) => {
          expect(Math.abs(results[index].values[place] - value)).toBeLessThan(tolerance);
        });
      });
    },
  );
});

/** What a person has to say of networks whose files do not tell it. */
const CORRECTED = new Map<string, Corrections>([
  ['residual-mlp', { shortcuts: 'each' }],
  ['paired-mlp', { shortcuts: 'pairs' }],
  ['misnamed-mlp', { order: ['fc0', 'fc3', 'fc1', 'fc2', 'fc9'] }],
  ['tanh-mlp', { activation: 'tanh' }],
]);

/** RoBERTa's positions begin behind the padding. */
const FIRST_POSITION = 2;

describe('state dicts', () => {
  const names = filesIn('state-dicts', '.onnx').map((file) => file.replace(/.*\/|\.onnx/g, ''));

  it.each(names)('%s computes, as it was inferred, what its export computes', async (name) => {
    const own = await openStateDict(name, CORRECTED.get(name));
    const exported = await open(
      source(`state-dicts/${name}.onnx`),
      source(`state-dicts/${name}.safetensors`),
    );
    const inputs = randomInputs(own.network, 1);
    const positions = inputs[2]?.values;
    positions?.forEach((_, index) => {
      positions[index] = index + FIRST_POSITION;
    });
    const twin = randomInputs(exported.network, 1).map((input, index) => ({
      ...input,
      values: inputs[index].values,
    }));
    const results = await runWith(own, inputs);
    const [expected] = await runWith(exported, twin);
    expect(relativeDifference(results[0].values, expected.values)).toBeLessThan(SAME_FUNCTION);
  });
});

describe('GGUF', () => {
  const { llama } = readFixtureJson<Record<string, { names: Record<string, string> }>>('gguf/names.json');
  const HEAD_SIZE = 4;

  /** What stood half a head apart stands side by side, as llama.cpp stores queries and keys. */
  async function interleaved(tensor: StoredTensor): Promise<StoredTensor> {
    const values = await readTensor(tensor);
    const [, width] = tensor.shape;
    const moved = values.map((_, place) => {
      const row = Math.floor(place / width);
      const [pair, half] = [Math.floor((row % HEAD_SIZE) / 2), row % 2];
      const from = row - (row % HEAD_SIZE) + (half * HEAD_SIZE) / 2 + pair;
      return values[from * width + (place % width)];
    });
    return { ...tensor, storage: { kind: 'numbers', values: moved } };
  }

  it('of Llama computes what Hugging Face’s computes', async () => {
    const theirs = await openStateDict('huggingface-llama');
    const tensors = new Map<string, StoredTensor>();
    for (const [name, long] of Object.entries(llama.names)) {
      const tensor = { ...(theirs.model.tensors.get(long) as StoredTensor), name };
      tensors.set(name, /attn_[qk]\.weight$/.test(name) ? await interleaved(tensor) : tensor);
    }
    const header = {
      'general.architecture': 'llama',
      'llama.attention.head_count': '4',
      'llama.attention.head_count_kv': '2',
      'llama.attention.layer_norm_rms_epsilon': '1e-6',
      'llama.rope.freq_base': '10000',
    };
    const settings = settingsOf(new Map(Object.entries(header)));
    const model: ModelFile = { ...theirs.model, format: 'gguf', tensors, settings };
    const network = await readNetwork(model);
    const inputs = randomInputs(network, 1);
    const [own] = await runWith({ model, network, graph: buildGraph(network) }, inputs);
    const [expected] = await runWith(
      theirs,
      randomInputs(theirs.network, 1).map((input, index) => ({ ...input, values: inputs[index].values })),
    );
    expect(relativeDifference(own.values, expected.values)).toBeLessThan(SAME_FUNCTION);
  });
});
