import fs from 'node:fs';
import * as ort from 'onnxruntime-web';
import type { Locator, Page } from 'playwright/test';
import { memorySource, openModel, readTensor } from '../src/formats';
import {
  expect,
  fixture,
  openBytes,
  openFiles,
  openPage,
  publicFile,
  realModel,
  shownAccuracy,
  test,
} from './page.ts';
import { stateDict } from './state-dict.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('a link opens another page as this one stands: the dropped network, and what is selected', async ({
  page,
  context,
}) => {
  await openPage(page);
  await openFiles(page, realModel('mlp-churn.keras') ?? fixture('mlp.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^mlp/);
  await page.locator('.layer').nth(1).click();
  const layer = await page.locator('.inspector h2').textContent();
  const accuracy = await shownAccuracy(page);
  await page.getByTestId('graph').hover({ position: { x: 300, y: 300 } });
  await page.mouse.wheel(0, -300);
  const copyLink = async (from: Page) => {
    await from.getByRole('button', { name: 'Share' }).click();
    await from.getByRole('button', { name: 'Copy link' }).click();
    await expect(from.getByText('Copied.')).toBeVisible();
    return await from.evaluate(() => navigator.clipboard.readText());
  };
  const link = await copyLink(page);
  expect(link).toContain('&part=');
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText(/^mlp/);
  await expect(other.locator('.inspector h2')).toHaveText(layer ?? '');
  expect(await shownAccuracy(other)).toBeCloseTo(accuracy, 6);
  // Also where the graph has been zoomed to: its own link is the same.
  expect(await copyLink(other)).toBe(link);
});

test('a model that is too large for a link is said to be', async ({ page }) => {
  await openPage(page);
  const buffer = stateDict({
    'a.weight': [200, 300],
    'a.bias': [200],
    'b.weight': [10, 200],
    'b.bias': [10],
  });
  await openBytes(page, 'large.safetensors', buffer);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('large.safetensors');
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/more than a link can carry/)).toBeVisible();
});

test('a damaged link opens the first sample, and says what is wrong', async ({ page }) => {
  await openPage(page, '/#file=x.onnx&bytes=nonsense');
  await expect(page.getByRole('alert')).toContainText('The link is damaged');
});

test('the verdict is saved with the hash of the file, for tables and for programs', async ({ page }) => {
  await openPage(page);
  const [{ file }] = JSON.parse(fs.readFileSync(publicFile('samples/index.json'), 'utf8'));
  await page.getByRole('button', { name: 'Share' }).click();
  const save = async (form: string) => {
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: `Save as ${form}` }).click();
    return fs.readFileSync(await (await saved).path(), 'utf8');
  };
  const verdict = JSON.parse(await save('JSON'));
  expect(verdict).toMatchObject({ kind: 'verdict', file: { name: file }, domain: { isInside: true } });
  expect(verdict.predicted_accuracy).toBeCloseTo(await shownAccuracy(page), 3);
  expect(verdict.file.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect((await save('CSV')).split('\r\n')[1]).toContain(`${file},${verdict.file.sha256},gmn,`);
});

test('without the page, the metanet and the edited tensors give the same number', async ({ page }) => {
  await openPage(page, '/#sample=cifar10-cnn-62.onnx&tool=what-if');
  await page.getByRole('slider', { name: /Prune/ }).press('End');
  await expect(page.getByRole('button', { name: '1 edit' })).toBeVisible();
  await page.getByText(/held-out R²/).click();
  const save = async (button: string) => {
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    return new Uint8Array(fs.readFileSync(await (await saved).path()));
  };
  const metanet = await save('Save as ONNX');
  await page.getByRole('button', { name: 'Share' }).click();
  const code = await page.locator('.share pre').textContent();
  const [, wanted] = /the page says ([\d.]+) %/.exec(code ?? '') ?? [];
  expect(code).toContain('load_file("cifar10-cnn-62-edited.safetensors")');
  const bytes = await save('Save the tensors');
  const { tensors } = await openModel([memorySource(bytes, 'edited.safetensors')]);
  const session = await ort.InferenceSession.create(metanet);
  const feeds: Record<string, ort.Tensor> = {};
  for (const name of session.inputNames) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`The saved tensors lack ${name}.`);
    feeds[name] = new ort.Tensor('float32', await readTensor(tensor), tensor.shape);
  }
  const { accuracy } = await session.run(feeds);
  expect(100 * Number(accuracy.data[0])).toBeCloseTo(Number(wanted), 3);
});

/** Chooses a form in a menu of pictures; what was saved. */
async function savePicture(page: Page, menu: Locator, form: RegExp): Promise<Buffer> {
  await menu.click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: form }).click();
  return fs.readFileSync(await (await saved).path());
}

test('the view is saved as vectors and as pixels', async ({ page }) => {
  await openPage(page);
  const menu = page.getByRole('button', { name: 'Picture' });
  const svg = (await savePicture(page, menu, /^SVG/)).toString();
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain('>blocks.0.conv</text>');
  const png = await savePicture(page, menu, /twice as large/);
  const canvas = await page.getByTestId('graph').boundingBox();
  expect(png.readUInt32BE(16)).toBe(2 * Math.round(canvas?.width ?? 0)); // the width in its header
});

test('charts are saved as vectors: the dots of the zoo’s map, and what lies between two models', async ({
  page,
}) => {
  await openPage(page, '/#sample=cifar10-cnn-62.onnx&tool=trust');
  const map = page.getByRole('tabpanel').getByRole('button', { name: 'Picture' });
  const dots = (await savePicture(page, map, /^SVG/)).toString();
  expect(dots.match(/<circle /g)?.length).toBeGreaterThan(1000);
  expect(dots).not.toMatch(/<image|class=|style=/);

  await page.goto('/#compare&left=sample/cifar10-cnn-62.onnx&right=shuffled/7');
  const between = page.getByRole('region', { name: 'Between the two' });
  await expect(between).toContainText('aligned: barrier 0.0 points');
  const chart = (
    await savePicture(page, between.getByRole('button', { name: 'Picture' }), /^SVG/)
  ).toString();
  expect(chart).toContain('>share of the right model, % →</text>');
  expect(chart).toMatch(/stroke="rgb\(/);
  const right = page.getByRole('region', { name: 'Right model' });
  const graph = (await savePicture(page, right.getByRole('button', { name: 'Picture' }), /^SVG/)).toString();
  expect(graph).toContain('>image</text>');
});
