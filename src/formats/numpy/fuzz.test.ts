import { it } from 'vitest';
import { expectToSurvive, mutations, readFixtureFile } from '../testing';

const NAMES = [
  'mlp.npz',
  'compressed.npz',
  'forms.npz',
  'hostile.npz',
  'matrix.npy',
  'dictionary.npy',
  'hostile.npy',
];
const files = NAMES.map((name) => readFixtureFile(`numpy/${name}`));

const COUNT = mutations(3000);

it(`survives ${COUNT} mutated NumPy files: arrays, or one clear sentence`, {
  timeout: 1000 * COUNT,
}, async () => {
  await expectToSurvive(files, COUNT);
});
