import zlib from 'node:zlib';
import { it } from 'vitest';
import { expectToSurvive, mutations, readFixtureFile } from '../testing';

const NAMES = ['sequential', 'attention', 'nested'].flatMap((name) => [`${name}.keras`, `${name}.h5`]);
const files = NAMES.map((name) => new Uint8Array(zlib.gunzipSync(readFixtureFile(`keras/${name}.gz`))));

const COUNT = mutations(2000);

it(`survives ${COUNT} mutated Keras files: tensors, or one clear sentence`, {
  timeout: 1000 * COUNT,
}, async () => {
  await expectToSurvive(files, COUNT);
});
