import { expect, it } from 'vitest';
import { networksAmong, soleModel } from './found-files';

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, file: new File([], path.split('/').at(-1) ?? '') }));
const sole = (...paths: string[]) => soleModel(files(...paths))?.map(({ path }) => path);

it('networks keep their paths; external data go with them', () => {
  const networks = networksAmong(
    files('zoo/a.onnx.data', 'zoo/a.onnx', 'zoo/deep/b.onnx', 'zoo/deep/b.onnx.1'),
  );
  expect(networks.map(({ path, companions }) => [path, companions.map(({ name }) => name)])).toEqual([
    ['zoo/a.onnx', ['a.onnx.data']],
    ['zoo/deep/b.onnx', ['b.onnx.1']],
  ]);
});

it('a folder of one model is that model, with everything beside it', () => {
  expect(sole('bert/README.md', 'bert/config.json', 'bert/model.safetensors', 'bert/merges')).toEqual([
    'bert/model.safetensors',
    'bert/config.json',
    'bert/README.md',
    'bert/merges',
  ]);
});

it('a folder of several models is none', () => {
  expect(sole('zoo/a.pt', 'zoo/b.pt')).toBeUndefined();
  expect(sole('README.md')).toBeUndefined();
});
