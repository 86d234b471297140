import fs from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';
import { expectToSurvive, mutations } from '../testing';

const FOLDER = path.resolve(import.meta.dirname, '../../../training/fixtures/pytorch');

const files = fs
  .readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(pt|pth|pkl)$/.test(name))
  .map((name) => new Uint8Array(fs.readFileSync(path.join(FOLDER, name))));

const COUNT = mutations(4000);

it(`survives ${COUNT} mutated PyTorch files: tensors, or one clear sentence`, {
  timeout: 1000 * COUNT,
}, async () => {
  await expectToSurvive(files, COUNT);
});
