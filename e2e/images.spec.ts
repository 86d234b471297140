import fs from 'node:fs';
import type { Page } from 'playwright/test';
import { memorySource, openModel } from '../src/formats';
import { writeOnnx } from '../src/formats/onnx/write-model';
import { readNetwork } from '../src/network';
import { NetworkRunner } from '../src/workers/network-runner';
import { dropFiles, expect, fixture, openFiles, openPage, publicFile, test } from './page.ts';

const SAMPLE = 'cifar10-cnn-62.onnx';
const COUNT = 200;
const SIZE = 3 * 32 * 32;

/** CIFAR's binary file of coloured noise, labelled so that the sample is right about the first 120 of 200 images, and no others. */
async function labelledNoise(): Promise<Buffer> {
  const bytes = new Uint8Array(fs.readFileSync(publicFile(`samples/${SAMPLE}`)));
  const model = await openModel([memorySource(bytes, SAMPLE)]);
  const runner = new NetworkRunner();
  await runner.load(await writeOnnx(model, await readNetwork(model)), SAMPLE);
  const rows = Buffer.alloc(COUNT * (1 + SIZE));
  for (let image = 0; image < COUNT; image++) {
    const row = rows.subarray(image * (1 + SIZE), (image + 1) * (1 + SIZE));
    const values = new Float32Array(SIZE);
    for (let at = 0; at < SIZE; at++) {
      row[1 + at] = (at * (13 + image) + (at >> 5) * 97 + 31 * image) % 256;
      values[at] = row[1 + at] / 255;
    }
    const scores = await runner.imageNetwork.run([1, 3, 32, 32], values);
    const answer = scores.indexOf(Math.max(...scores));
    row[0] = image < 120 ? answer : (answer + 1) % 10;
  }
  await runner.destroy();
  return rows;
}

async function chooseImages(page: Page, region: string, buffer: Buffer): Promise<void> {
  const own = page.getByLabel(region, { exact: true });
  const file = { name: 'noise.bin', mimeType: 'application/octet-stream', buffer };
  await own.getByLabel('Labelled images').setInputFiles(file);
  await own.getByLabel('Pixels').selectOption('pixels 0 to 1');
}

test('the true accuracy on a person’s own images, followed through an edit; nothing else is upset by a wrong file', async ({
  page,
}, info) => {
  const noise = await labelledNoise();
  await openPage(page, `/#sample=${SAMPLE}&tool=what-if`);
  await chooseImages(page, 'Verdict', noise);
  const measured = page.getByTestId('measured');
  await expect(measured).toContainText('On noise.bin: 60.0 % of 200 images');
  await page.getByRole('slider', { name: /Prune/ }).press('End');
  await expect(measured).not.toContainText('60.0 %');
  await page.keyboard.press('ControlOrMeta+z');
  await expect(measured).toContainText('60.0 %');
  await page.getByRole('button', { name: 'Try the whole range' }).click();
  const curve = page.getByRole('img', { name: /^Predicted accuracy by level/ });
  await expect(curve).toHaveAccessibleName(
    /: 0\.0 %: [\d.]+ %, truly 60\.0 %;.*; 100\.0 %: [\d.]+ %, truly [\d.]+ %$/,
  );
  await expect(measured).toContainText('60.0 %');

  const wrong = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('nothing to see') };
  await page.getByLabel('Labelled images').setInputFiles(wrong);
  await expect(page.getByRole('alert')).toContainText(
    'holds no labelled images that are known here (notes.txt)',
  );
  await expect(measured).toContainText('On noise.bin: 60.0 %');

  // Dropped like a model, images are images.
  const dropped = info.outputPath('more-noise.bin');
  fs.writeFileSync(dropped, noise);
  await dropFiles(page, dropped);
  await expect(measured).toContainText('On more-noise.bin: 60.0 %');

  // A network of another task says so, and is not asked again; one that reads no images offers nothing.
  await openFiles(page, fixture('conv-norm.new.onnx'));
  await expect(page.getByLabel('Verdict', { exact: true })).toContainText(
    /The images have 3 × 32 × 32 pixels/,
  );
});

test('between two models, the true accuracy beside the predicted one', async ({ page }) => {
  await page.goto(`/#compare&left=sample/${SAMPLE}&right=shuffled/7`);
  const between = page.getByRole('region', { name: 'Between the two' });
  await expect(between).toContainText('predicted, aligned: barrier 0.0 points');
  await chooseImages(page, 'Between the two', await labelledNoise());
  await expect(between).toContainText('true, aligned: barrier 0.0 points');
  await expect(between).toContainText(/true, as the files have them: barrier [1-9][\d.]* points/);
  await expect(between).toContainText(/loss barrier [\d.]+ as the files have them, 0\.00 aligned/);
});
