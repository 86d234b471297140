import fs from 'node:fs';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, readAllValues } from '../src/graph';
import { readCheckpoint } from '../src/metanets/checkpoint';
import { gmnWeights, runGmn } from '../src/metanets/gmn';
import { metanetInput } from '../src/metanets/input';
import { readNetwork } from '../src/network';
import {
  expect,
  fixture,
  openFiles,
  openPage,
  publicFile,
  realModel,
  shownAccuracy,
  test,
  WEBGPU,
} from './page.ts';

const bytesOf = (file: string) => new Uint8Array(fs.readFileSync(file));

/** The plain reference's prediction for a file by a zoo's GMN, in Node. */
async function referenceAccuracy(file: string, zoo: string): Promise<number> {
  const checkpointFile = memorySource(
    bytesOf(publicFile(`checkpoints/${zoo}/gmn.safetensors`)),
    'gmn.safetensors',
  );
  const weights = gmnWeights(await readCheckpoint(await openModel([checkpointFile])));
  const graph = buildGraph(await readNetwork(await openModel([memorySource(bytesOf(file), file)])));
  const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
  return 1 / (1 + Math.exp(-runGmn(weights, input, { precision: 'float64' }).outputs[0]));
}

const samples = JSON.parse(fs.readFileSync(publicFile('samples/index.json'), 'utf8')) as {
  file: string;
  title: string;
}[];

test('every sample gets the number that the plain reference gives it', WEBGPU, async ({ page }) => {
  await openPage(page, '/?engine=gpu');
  for (const { file, title } of samples) {
    await page.getByRole('button', { name: 'Samples' }).click();
    await page.getByRole('listitem').getByRole('button', { name: title }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(file);
    await expect(page.locator('.verdict')).toHaveAttribute('aria-busy', 'false');
    await expect(page.getByTestId('accuracy')).toBeVisible();
    const zoo = await page.getByRole('combobox', { name: 'Zoo' }).inputValue();
    const wanted = await referenceAccuracy(publicFile(`samples/${file}`), zoo);
    // The page rounds to a tenth of a percent.
    expect(await shownAccuracy(page)).toBeCloseTo(wanted, 3);
  }
});

test(
  'the verdict has an interval, says that the network resembles the zoo, and knows the truth',
  WEBGPU,
  async ({ page }) => {
    await openPage(page, '/?engine=gpu');
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await expect(verdict.getByText(/[\d.]+ % – [\d.]+ %/)).toBeVisible();
    await expect(verdict.getByText('Resembles the zoo')).toBeVisible();
    await expect(verdict.getByRole('combobox', { name: 'Zoo' })).toHaveValue('varying-cnns');
    await expect(verdict.getByText(/True accuracy on CIFAR-10: [\d.]+ %/)).toBeVisible();
    await expect(verdict.getByRole('img', { name: /Predicted .* truly/ })).toBeVisible();
    await verdict.getByText(/held-out R²/).click();
    await expect(verdict.getByText(/networks of other training runs: mean error/)).toBeVisible();

    const opinions = verdict.getByRole('region', { name: 'All metanets' });
    await expect(opinions).toHaveAttribute('aria-busy', 'false');
    const percents = await opinions.locator('tbody td:nth-child(3)').allInnerTexts();
    const said = percents.map((text) => Number.parseFloat(text));
    const [each, together] = [said.slice(0, -1), said.at(-1)];
    await expect(opinions.getByRole('row', { name: 'Together' })).toContainText(`${together?.toFixed(1)} %`);
    expect(each).toHaveLength(9);
    expect(together).toBeGreaterThan(Math.min(...each));
    expect(together).toBeLessThan(Math.max(...each));
  },
);

test(
  'a network is judged by the metanets of the zoo that it resembles, or of another that is chosen',
  WEBGPU,
  async ({ page }) => {
    await openPage(page, '/?engine=gpu#sample=cifar10-transformer.onnx');
    const verdict = page.getByRole('region', { name: 'Verdict' });
    const zoo = verdict.getByRole('combobox', { name: 'Zoo' });
    await expect(zoo).toHaveValue('diverse');
    await expect(verdict.getByText('Resembles the zoo')).toBeVisible();
    const file = publicFile('samples/cifar10-transformer.onnx');
    expect(await shownAccuracy(page)).toBeCloseTo(await referenceAccuracy(file, 'diverse'), 3);
    await zoo.selectOption('Varying CNNs');
    await expect(verdict.getByText('Unlike anything in the zoo')).toBeVisible();
    await expect(verdict).toHaveAttribute('aria-busy', 'false');
    expect(await shownAccuracy(page)).toBeCloseTo(await referenceAccuracy(file, 'varying-cnns'), 3);
    await expect(verdict.getByRole('region', { name: 'All metanets' })).toHaveAttribute('aria-busy', 'false');
    // Another network is judged by its own zoo's again.
    await page.getByRole('button', { name: 'Samples' }).click();
    await page.getByRole('listitem').getByRole('button', { name: samples[0].title }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(samples[0].file);
    await expect(zoo).toHaveValue('varying-cnns');
    await expect(verdict.getByText('Resembles the zoo')).toBeVisible();
  },
);

test('a network of another kind is judged with a loud doubt', WEBGPU, async ({ page }) => {
  await openPage(page, '/?engine=gpu');
  await openFiles(page, fixture('vision-transformer.new.onnx'));
  await expect(page.getByText('Unlike anything in the zoo')).toBeVisible();
  await expect(page.getByText(/it has 3 outputs, the zoo's networks 10/)).toBeVisible();
});

for (const engine of ['gpu', 'cpu'] as const) {
  test(
    `the ${engine} compares itself with the reference, and says by how much they differ`,
    engine === 'gpu' ? WEBGPU : {},
    async ({ page }) => {
      await openPage(page, `/?engine=${engine}`);
      await page.getByRole('button', { name: engine.toUpperCase() }).click();
      const card = page.getByText(/this and the plain reference differ by/);
      await expect(card).toBeVisible();
      const difference = Number((await card.textContent())?.match(/[\d.]+e[+-]?\d+/)?.[0]);
      expect(difference).toBeLessThan(1e-5);
    },
  );
}

test('GPU and CPU give the same number, and a person may choose', WEBGPU, async ({ page }) => {
  await openPage(page, '/?engine=gpu');
  const onGpu = await shownAccuracy(page);
  await page.getByRole('button', { name: /GPU/ }).click();
  await page.getByLabel('Engine').selectOption('CPU');
  await expect(page.getByText(/% interval · CPU/)).toBeVisible();
  expect(await shownAccuracy(page)).toBe(onGpu);
  await page.getByLabel('Memory').selectOption('128 MiB');
  await expect(page.getByText(/% interval · CPU/)).toBeVisible();
  expect(await shownAccuracy(page)).toBe(onGpu);
  // The choice is kept for the next visit.
  await page.goto('/');
  await expect(page.getByText(/% interval · CPU/)).toBeVisible();
});

test('a software adapter is passed over for the CPU', WEBGPU, async ({ page }) => {
  await openPage(page, '/');
  await page.getByRole('button', { name: /CPU/ }).click();
  await expect(page.getByText(/only graphics adapter here is software/)).toBeVisible();
});

test('a large network is judged with progress, and can be stopped', WEBGPU, async ({ page }) => {
  const file = realModel('resnet50-light.caffe2-opset9.onnx');
  test.skip(!file, 'needs resnet50-light.caffe2-opset9.onnx in METANET_MODELS');
  await openPage(page, '/?engine=gpu');
  await openFiles(page, file ?? '');
  await expect(page.getByText('100 % of 25,610,152 parameters placed')).toBeVisible();
  const verdict = page.getByRole('region', { name: 'Verdict' });
  const share = () => verdict.getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value);
  // In software, the drawing of its lines comes first.
  await expect.poll(share, { timeout: 60_000 }).toBeGreaterThan(0);
  await verdict.getByRole('button', { name: 'Cancel' }).click();
  await expect(verdict.getByText('Stopped.')).toBeVisible();
  // What was open stays open, and the next network is judged.
  await openFiles(page, fixture('residual.old.onnx'));
  await expect(page.getByTestId('accuracy')).toBeVisible();
});
