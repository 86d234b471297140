import fs from 'node:fs';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, readAllValues } from '../src/graph';
import { readCheckpoint } from '../src/metanets/checkpoint';
import { gmnWeights, runGmn } from '../src/metanets/gmn';
import { metanetInput } from '../src/metanets/input';
import { readNetwork } from '../src/network';
import { expect, fixture, openFiles, openPage, publicFile, shownAccuracy, test } from './page.ts';

const bytesOf = (file: string) => new Uint8Array(fs.readFileSync(file));

/** The plain reference's prediction for a file, in Node. */
async function referenceAccuracy(file: string): Promise<number> {
  const checkpointFile = memorySource(bytesOf(publicFile('checkpoints/gmn.safetensors')), 'gmn.safetensors');
  const weights = gmnWeights(await readCheckpoint(await openModel([checkpointFile])));
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytesOf(file), file)])));
  const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
  return 1 / (1 + Math.exp(-runGmn(weights, input, { precision: 'float64' }).outputs[0]));
}

const samples = JSON.parse(fs.readFileSync(publicFile('samples/index.json'), 'utf8')) as { file: string }[];

test('every sample gets the number that the plain reference gives it', async ({ page }) => {
  for (const { file } of samples) {
    await openPage(page, `/#sample=${file}`);
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(file);
    await expect(page.getByTestId('accuracy')).toBeVisible();
    // The page rounds to a tenth of a percent.
    expect(await shownAccuracy(page)).toBeCloseTo(await referenceAccuracy(publicFile(`samples/${file}`)), 3);
  }
});

test('the verdict has an interval, says that the network resembles the zoo, and knows the truth', async ({
  page,
}) => {
  await openPage(page);
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await expect(verdict.getByText(/[\d.]+ % – [\d.]+ %/)).toBeVisible();
  await expect(verdict.getByText('Resembles the zoo’s networks')).toBeVisible();
  await expect(verdict.getByText(/True accuracy on CIFAR-10: [\d.]+ %/)).toBeVisible();
  await expect(verdict.getByRole('img', { name: /Predicted .* truly/ })).toBeVisible();
  await verdict.getByText(/held-out R²/).click();
  await expect(verdict.getByText(/networks of other training runs: mean error/)).toBeVisible();
});

test('a network of another kind is judged with a loud doubt', async ({ page }) => {
  await openPage(page);
  await openFiles(page, fixture('vision-transformer.new.onnx'));
  await expect(page.getByText('Unlike anything in the zoo')).toBeVisible();
  await expect(page.getByText(/it has 3 outputs, the zoo's networks 10/)).toBeVisible();
});

test('GPU and CPU compare themselves, and say by how much they differ', async ({ page }) => {
  await openPage(page);
  await page.getByRole('button', { name: /GPU/ }).click();
  const card = page.getByText(/GPU and CPU differ by/);
  await expect(card).toBeVisible();
  const difference = Number((await card.textContent())?.match(/[\d.]+e[+-]?\d+/)?.[0]);
  expect(difference).toBeLessThan(1e-5);
});

test('with the GPU turned off the number is the same', async ({ page }) => {
  await openPage(page);
  const onGpu = await shownAccuracy(page);
  await openPage(page, '/?gpu=off');
  expect(await shownAccuracy(page)).toBe(onGpu);
  await expect(page.getByRole('button', { name: /CPU/ })).toBeVisible();
});
