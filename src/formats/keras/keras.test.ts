import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ByteSource, memorySource } from '../byte-source';
import type { ModelFile } from '../model-file';
import { openModel } from '../open-model';
import { readTensor, type StoredTensor } from '../tensor';
import { readFixtureFile, readFixtureJson } from '../testing';
import { readEntry, readZip } from '../zip';
import { makeZip } from '../zip/testing';

/** Written by training/fixtures/make_keras.py: of every weight what Keras itself says. */
interface Facts {
  readonly shape: number[];
  readonly first: number;
  readonly last: number;
  readonly mean: number;
}

const expected = readFixtureJson<Record<string, Record<string, Facts>>>('keras/expected.json');

const readFixture = (name: string) => new Uint8Array(zlib.gunzipSync(readFixtureFile(`keras/${name}.gz`)));

const open = (bytes: Uint8Array, name: string) => openModel([memorySource(bytes, name)]);

async function factsOf(tensor: StoredTensor): Promise<Facts> {
  const values = await readTensor(tensor);
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return { shape: [...tensor.shape], first: values[0], last: values[values.length - 1], mean };
}

/** Rounded so that two ways of adding up agree, and in an order that does not depend on names. */
function comparable(facts: readonly Facts[]): string[] {
  const round = (value: number) => value.toFixed(4).replace(/^-(?=0\.0+$)/, '');
  return facts.map(({ shape, first, last, mean }) => `${shape} ${[first, last, mean].map(round)}`).sort();
}

/** Keras puts the model's name before those of its weights. */
const sequentialNames = Object.keys(expected.sequential).map((name) => name.replace('sequential/', ''));

const all = async ({ tensors }: ModelFile) => await Promise.all([...tensors.values()].map(factsOf));

describe.each(Object.keys(expected))('%s', (name) => {
  it.each(['keras', 'h5'])('has the weights in a .%s file that Keras has', async (ending) => {
    const model = await open(readFixture(`${name}.${ending}`), `${name}.${ending}`);
    expect(model.format).toBe('keras');
    expect(model.producer).toMatch(/^Keras 3\./);
    expect(model.warnings).toEqual([]);
    expect(model.pythonImports).toEqual([]);
    expect(comparable(await all(model))).toEqual(comparable(Object.values(expected[name])));
  });
});

it('calls weights by their layers, whichever way the file keeps them', async () => {
  const names = ['keras', 'h5'].map(async (ending) => {
    const model = await open(readFixture(`sequential.${ending}`), 'x');
    return [...model.tensors.keys()];
  });
  const [tree, list] = await Promise.all(names);
  expect(tree).toEqual(list);
  expect(tree).toEqual(sequentialNames);
});

/** The weights of a .keras archive by themselves: what model.save_weights writes. */
async function weightsAlone(name: string): Promise<Uint8Array> {
  const archive = await readZip(memorySource(readFixture(`${name}.keras`), name));
  return await readEntry(archive, archive.entries.get('model.weights.h5')!);
}

describe('weights without an architecture', () => {
  it("have PyTorch's names and layout, and are the same numbers", async () => {
    const model = await open(await weightsAlone('sequential'), 'sequential.weights.h5');
    expect(model.program).toBeUndefined();
    expect(model.isChannelsLast).toBe(true);
    expect([...model.tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['conv1.weight', [4, 3, 3, 3]],
      ['norm.weight', [4]],
      ['norm.bias', [4]],
      ['norm.running_mean', [4]],
      ['norm.running_var', [4]],
      ['conv2.weight', [5, 4, 2, 3]],
      ['conv2.bias', [5]],
      ['hidden.weight', [7, 15]],
      ['hidden.bias', [7]],
      ['head.weight', [3, 7]],
      ['head.bias', [3]],
    ]);
    const whole = await open(readFixture('sequential.keras'), 'x');
    const kernel = await readTensor(whole.tensors.get('conv2/kernel')!);
    const weight = await readTensor(model.tensors.get('conv2.weight')!);
    // [out 4, in 3, row 1, column 2] of [5, 4, 2, 3] is [row, column, in, out] of [2, 3, 4, 5].
    expect(weight[((4 * 4 + 3) * 2 + 1) * 3 + 2]).toBe(kernel[((1 * 3 + 2) * 4 + 3) * 5 + 4]);
  });

  it('tells depthwise, separable and transposed kernels, heads and cells', async () => {
    const shapes = async (name: string) => {
      const { tensors } = await open(await weightsAlone(name), `${name}.weights.h5`);
      return Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
    };
    expect(await shapes('mobile')).toMatchObject({
      'depthwise.weight': [8, 1, 3, 3],
      'separable.weight': [16, 1, 3, 3],
      'separable.pointwise.weight': [6, 16, 1, 1],
      'grouped.weight': [8, 3, 3, 3],
      'up.weight': [8, 5, 3, 3],
    });
    expect(await shapes('attention')).toMatchObject({
      'embedding.weight': [20, 8],
      'attention0.query.weight': [8, 8],
      'attention0.query.bias': [8],
      'attention0.attention_output.weight': [8, 8],
      'first0.bias': [8],
    });
    expect(await shapes('recurrent')).toMatchObject({
      'both.forward_lstm.weight_ih_l0': [16, 3],
      'both.forward_lstm.weight_hh_l0': [16, 4],
      'gru.bias_ih_l0': [2, 15],
    });
  });

  it('are in the order in which the layers were made', async () => {
    const { tensors } = await open(await weightsAlone('functional'), 'x');
    const layers = [...new Set([...tensors.keys()].map((name) => name.split('.')[0]))];
    expect(layers).toEqual([
      'stem',
      'branch',
      'norm',
      'squeeze',
      'excite',
      'slope',
      'a',
      'b',
      'twice',
      'head',
    ]);
  });
});

/** A .keras archive with another configuration over the weights of "sequential". */
async function withConfig(change: (text: string) => string): Promise<ModelFile> {
  const archive = await readZip(memorySource(readFixture('sequential.keras'), 'x'));
  const read = async (name: string) => await readEntry(archive, archive.entries.get(name)!);
  const config = change(new TextDecoder().decode(await read('config.json')));
  const entries = [
    { name: 'config.json', content: new TextEncoder().encode(config) },
    { name: 'model.weights.h5', content: await read('model.weights.h5') },
  ];
  return await open(makeZip(entries), 'changed.keras');
}

describe('what loading a model in Python would run', () => {
  const lambda = (config: string) => `{"module":"keras.layers","class_name":"Lambda","config":${config}}`;
  const replaceDropout = (layer: string) => (text: string) =>
    text.replace(/\{"module": "keras.layers", "class_name": "Dropout".*?"build_config": \{[^}]*\}\}/, layer);

  it('is the code in Lambda layers, which is not run; the layer is named', async () => {
    const code = '{"name":"scale","function":{"class_name":"__lambda__","config":{"value":"4wEAAAA="}}}';
    const model = await withConfig(replaceDropout(lambda(code)));
    expect(model.pythonImports).toEqual([
      { name: 'marshal.loads', risk: 'dangerous', call: expect.stringContaining('marshal.loads(') },
    ]);
    expect(model.warnings.join()).toMatch(
      /Layer "scale" \(Lambda\) holds Python code, which is not run here/,
    );
  });

  it('is the code in Lambda layers of Keras 2', async () => {
    const code = '{"name":"old","function_type":"lambda","function":["4wEAAAA=",null,null]}';
    const { pythonImports } = await withConfig(replaceDropout(lambda(code)));
    expect(pythonImports).toMatchObject([
      { risk: 'dangerous', call: 'marshal.loads(<code of layer "old">)' },
    ]);
  });

  it('is what a configuration imports by module', async () => {
    const layer = '{"module":"os","class_name":"function","config":"system","registered_name":"x"}';
    const { pythonImports } = await withConfig((text) => text.replace(/"relu"|"tanh"/, layer));
    expect(pythonImports).toEqual([{ name: 'os.system', risk: 'dangerous' }]);
  });

  it("is a class of the author's, which is unknown; its weights are named as not understood", async () => {
    const model = await withConfig((text) =>
      text.replace(
        '"module": "keras.layers", "class_name": "Conv2D"',
        '"module": "mine", "class_name": "Conv2D "',
      ),
    );
    expect(model.pythonImports).toEqual([{ name: 'mine.Conv2D ', risk: 'unknown' }]);
    expect(model.warnings.join()).toMatch(/Layer "conv1" \(Conv2D \) is not a layer that is known/);
    expect(model.program?.operators.find(({ domain }) => domain === 'keras')?.inputs).toHaveLength(2);
  });
});

describe('a layer that is not understood', () => {
  it('hides its own weights only: what it writes is shown as an input', async () => {
    const model = await withConfig((text) =>
      text.replace('"class_name": "Conv2D"', '"class_name": "Mystery"'),
    );
    expect(model.warnings).toEqual([
      'Layer "conv1" (Mystery) is not a layer that is known; what it writes is shown as an input.',
    ]);
    expect(model.program?.inputs.map(({ shape, channelAxis }) => [shape, channelAxis])).toEqual([
      [['batch', 8, 6, 3], 3],
      [['batch', 8, 6, 4], 3],
    ]);
  });

  it('may be one of Keras whose kernel is quantised', async () => {
    const policy = '"dtype": {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}, "units": 7';
    const model = await withConfig((text) => text.replace(/"dtype": \{[^}]*\}[^}]*\}, "units": 7/, policy));
    expect(model.warnings.join()).toMatch(/Layer "hidden" \(Dense\) keeps its weights quantised/);
  });
});

describe('TensorFlow.js', () => {
  const source = (name: string): ByteSource => memorySource(readFixtureFile(`keras/${name}`), name);
  const shards = [1, 2, 3].map((index) => `tfjs.shard${index}of3.bin`);

  it('reads a layers model with its shards', async () => {
    const model = await openModel([...shards, 'tfjs.json'].map(source));
    expect([model.format, model.variant]).toEqual(['tensorflow.js', 'layers model']);
    expect([...model.tensors.keys()]).toEqual(sequentialNames);
    expect(comparable(await all(model))).toEqual(comparable(Object.values(expected.sequential)));
  });

  it('reads the same from a zip of the folder', async () => {
    const entries = ['model/', ...shards, 'tfjs.json'].map((name) => ({
      name: name.startsWith('model') ? name : `model/${name}`,
      content: name.startsWith('model') ? new Uint8Array(0) : readFixtureFile(`keras/${name}`),
    }));
    const model = await open(makeZip(entries), 'model.zip');
    expect(comparable(await all(model))).toEqual(comparable(Object.values(expected.sequential)));
  });

  it('decodes quantised weights to within half a step', async () => {
    const model = await openModel(['tfjs-quantised.json', 'tfjs-quantised.shard1of1.bin'].map(source));
    for (const name of sequentialNames) {
      const facts = await factsOf(model.tensors.get(name)!);
      const { first, last } = expected.sequential[`sequential/${name}`];
      expect(Math.abs(facts.first - first), name).toBeLessThan(0.005);
      expect(Math.abs(facts.last - last), name).toBeLessThan(0.005);
    }
    expect(model.tensors.get('conv1/kernel')).toMatchObject({
      type: 'float32',
      encoding: 'uint8, one scale',
    });
  });

  it('asks for the shards that are missing by their names', async () => {
    await expect(openModel(['tfjs.json', shards[0]].map(source))).rejects.toThrow(
      /other files: "tfjs.shard2of3.bin", "tfjs.shard3of3.bin".*Drop all files together/,
    );
  });
});

describe('a configuration beside its weights', () => {
  it('is read together with them, as an unpacked archive', async () => {
    const archive = await readZip(memorySource(readFixture('sequential.keras'), 'x'));
    const sources = await Promise.all(
      [...archive.entries.values()].map(async (entry) =>
        memorySource(await readEntry(archive, entry), entry.name),
      ),
    );
    const model = await openModel(sources);
    expect(model.program).toBeDefined();
    expect(comparable(await all(model))).toEqual(comparable(Object.values(expected.sequential)));
  });
});
