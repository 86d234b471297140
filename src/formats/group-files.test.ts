import { expect, it } from 'vitest';
import { groupFiles } from './group-files';

const groups = (...paths: string[]) =>
  groupFiles(paths, (path) => path).map(({ main, companions }) => [main, ...companions]);

it('takes each model for itself, and leaves out documents and hidden files', () => {
  expect(groups('zoo/a.onnx', 'zoo/b.pt', 'zoo/README.md', 'zoo/.cache/c.onnx', 'zoo/nameless')).toEqual([
    ['zoo/a.onnx'],
    ['zoo/b.pt'],
    ['zoo/nameless'],
  ]);
});

it('keeps external data with its model, folder by folder', () => {
  expect(groups('a/net.onnx', 'a/net.onnx.data', 'b/net.onnx', 'b/net.onnx_data')).toEqual([
    ['a/net.onnx', 'a/net.onnx.data'],
    ['b/net.onnx', 'b/net.onnx_data'],
  ]);
});

it('joins the shards of a model with their index and its configuration', () => {
  expect(
    groups(
      'bert/config.json',
      'bert/model-00001-of-00002.safetensors',
      'bert/model-00002-of-00002.safetensors',
      'bert/model.safetensors.index.json',
      'bert/tokenizer.json',
      'bert/vocab.txt',
    ),
  ).toEqual([
    [
      'bert/model-00001-of-00002.safetensors',
      'bert/model-00002-of-00002.safetensors',
      'bert/model.safetensors.index.json',
      'bert/config.json',
      'bert/tokenizer.json',
    ],
  ]);
});

it('joins what TensorFlow.js cuts up', () => {
  expect(groups('web/group1-shard1of2.bin', 'web/group1-shard2of2.bin', 'web/model.json')).toEqual([
    ['web/model.json', 'web/group1-shard1of2.bin', 'web/group1-shard2of2.bin'],
  ]);
});

it('opens a description that lies alone, so that its reader can say what is missing', () => {
  expect(groups('model.json', 'README.md')).toEqual([['model.json']]);
});
