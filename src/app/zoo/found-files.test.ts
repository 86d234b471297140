import { expect, it } from 'vitest';
import { networksAmong } from './found-files';

const found = (...paths: string[]) =>
  networksAmong(paths.map((path) => ({ path, file: new File([], path.split('/').at(-1) ?? '') })));

it('every file is a network, wherever it lies', () => {
  expect(found('zoo/a.onnx', 'zoo/deep/b.safetensors', 'zoo/readme.md').map(({ path }) => path)).toEqual([
    'zoo/a.onnx',
    'zoo/deep/b.safetensors',
    'zoo/readme.md',
  ]);
});

it('external data go with their network, and are none themselves', () => {
  const networks = found('zoo/a.onnx.data', 'zoo/a.onnx', 'zoo/b.onnx', 'zoo/b.onnx_data', 'zoo/b.onnx.1');
  expect(networks.map(({ path, companions }) => [path, companions.map(({ name }) => name)])).toEqual([
    ['zoo/a.onnx', ['a.onnx.data']],
    ['zoo/b.onnx', ['b.onnx_data', 'b.onnx.1']],
  ]);
});

it('data without their network are reported like any other file', () => {
  expect(found('a.onnx.data', 'other/a.onnx')).toHaveLength(2);
});

it('hidden files and folders are passed over', () => {
  expect(found('zoo/.DS_Store', 'zoo/.git/config', 'zoo/a.onnx')).toHaveLength(1);
});
