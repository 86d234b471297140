import { describe, expect, it } from 'vitest';
import { type ComparedModel, compareModels } from '../../alignment';
import { changed, openSample, openSeed, shuffled } from '../../alignment/testing';
import { verdictWords } from './verdict-words';

async function wordsFor(first: ComparedModel, second: ComparedModel) {
  return verdictWords(first.graph, await compareModels(first, second));
}

describe('the verdict in words', () => {
  it('says that a shuffled model is the same, and how many neurons stand elsewhere', async () => {
    const model = await openSample('cifar10-cnn-55.onnx');
    const { title, detail } = await wordsFor(model, shuffled(model));
    expect(title).toBe('The same function up to a permutation of neurons');
    expect(detail).toMatch(
      /^\d+ of 48 hidden neurons stand elsewhere; put in order, all parameters are equal, bit for bit\.$/,
    );
    expect((await wordsFor(model, model)).detail).toMatch(
      /^No neuron stands elsewhere, all parameters are equal/,
    );
  });

  it('names the layers that are not the same', async () => {
    const model = await openSample('cifar10-cnn-55.onnx');
    const other = changed(
      shuffled(model),
      (_, random) => random() - 0.5,
      (name) => name === 'output.weight',
    );
    const { title, detail } = await wordsFor(model, other);
    expect(title).toBe('The same but for these layers: output.weight');
    expect(detail).toMatch(/^(\d+) of \d+ tensors are equal once aligned\./);
  });

  it('says that weights are used differently', async () => {
    const model = await openSeed(0);
    const groups = model.graph.groups.map((group) =>
      group.activation === 'relu' ? { ...group, activation: 'tanh' } : group,
    );
    const { title, detail } = await wordsFor(model, { ...model, graph: { ...model.graph, groups } });
    expect(title).toBe('The same weights, used differently');
    expect(detail).toContain('fc1: activation relu → tanh');
  });

  it('tells two training runs apart, with the level of chance', async () => {
    const { title, detail } = await wordsFor(await openSeed(0), await openSeed(1));
    expect(title).toBe('Different');
    expect(detail).toMatch(
      /−?0\.\d\d as the files have them, 0\.\d\d aligned; aligning random weights gives 0\.\d\d\.$/,
    );
  });

  it('takes two states of one model for checkpoints of one run', async () => {
    const model = await openSeed(0);
    const later = changed(model, (value, random) => value + 0.02 * (random() - 0.5));
    expect((await wordsFor(model, later)).detail).toContain('one was probably trained on from the other');
  });

  it('says where architectures differ', async () => {
    const { title, detail } = await wordsFor(
      await openSample('cifar10-cnn-62.onnx'),
      await openSample('cifar10-cnn-55.onnx'),
    );
    expect(title).toBe('Different architectures');
    expect(detail).toMatch(
      /of another shape: .*blocks\.0\.conv\.weight.*; on the left only: blocks\.3\.conv\.weight\.$/,
    );
  });
});
