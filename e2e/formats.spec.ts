import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect, openPage, test } from './page.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../training/fixtures');

/** A fixture as a file to be chosen, unpacked where it is stored packed. */
function file(name: string) {
  const bytes = fs.readFileSync(path.join(FIXTURES, name));
  const isPacked = name.endsWith('.gz');
  return {
    name: path.basename(name, '.gz'),
    mimeType: 'application/octet-stream',
    buffer: isPacked ? zlib.gunzipSync(bytes) : bytes,
  };
}

/** What a person chooses, and what the report calls it. */
const MODELS: readonly [string, string[], RegExp][] = [
  ['Keras 3', ['keras/functional.keras.gz'], /^Keras/],
  ['Keras 2', ['keras/sequential.h5.gz'], /^Keras/],
  [
    'TensorFlow.js',
    ['keras/tfjs.json', 'keras/tfjs.shard1of3.bin', 'keras/tfjs.shard2of3.bin', 'keras/tfjs.shard3of3.bin'],
    /^TensorFlow\.js/,
  ],
  ['TensorFlow Lite', ['tflite/cnn.tflite'], /^TensorFlow Lite/],
  ['GGUF', ['gguf/llama.gguf'], /^GGUF/],
  ['NumPy', ['numpy/mlp.npz'], /^NumPy/],
  [
    'safetensors beside their configuration',
    ['state-dicts/huggingface-bert.safetensors', 'state-dicts/huggingface-bert.config.json'],
    /^safetensors/,
  ],
];

test('every format opens whole, and the report says what it is', async ({ page }) => {
  await openPage(page);
  for (const [what, files, format] of MODELS) {
    await test.step(what, async () => {
      const chosen = files.map(file);
      await page
        .getByTestId('file-input')
        .setInputFiles(
          chosen.map((one) => (one.name.endsWith('.config.json') ? { ...one, name: 'config.json' } : one)),
        );
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(
        new RegExp(chosen.map(({ name }) => name.replaceAll('.', '\\.')).join('|')),
      );
      await page.getByRole('button', { name: /100 % of [\d,]+ parameters placed/ }).click();
      await expect(page.getByRole('dialog').getByRole('definition').first()).toHaveText(format);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    });
  }
});
