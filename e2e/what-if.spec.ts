import fs from 'node:fs';
import type { Page } from 'playwright/test';
import { expectAccessibleInBoth } from './axe.ts';
import { expect, fixture, openBytes, openFiles, openPage, realModel, shownAccuracy, test } from './page.ts';

const judged = (page: Page) => expect(page.locator('.verdict')).toHaveAttribute('aria-busy', 'false');

test('what if it were pruned: the prediction follows the slider, back and forth, and the network can be taken away', async ({
  page,
}) => {
  await openPage(page);
  const original = await shownAccuracy(page);
  await page.getByRole('tab', { name: 'What if' }).click();
  const slider = page.getByRole('slider', { name: /Prune weights/ });
  await slider.focus();
  for (let step = 0; step < 40; step++) await slider.press('ArrowRight');
  await expect(page.locator('.level output')).toHaveText('80.0 %');
  // The slider is ahead of the edits; the list of edits shows what the network is.
  await page.getByRole('button', { name: '1 edit' }).click();
  await expect(page.getByText('80.0 % pruned by magnitude, all layers')).toBeVisible();
  await judged(page);
  await expect(page.getByText('Prediction moves')).toBeVisible();
  const pruned = await shownAccuracy(page);
  expect(pruned).not.toBe(original);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as ONNX' }).click();
  const bytes = fs.readFileSync(await (await saved).path());
  await page.keyboard.press('Escape');
  await expectAccessibleInBoth(page);
  await page.keyboard.press('Control+z');
  await expect(page.locator('.level output')).toHaveText('0.0 %');
  await judged(page);
  expect(await shownAccuracy(page)).toBe(original);
  await page.keyboard.press('Control+Shift+z');
  await expect(page.locator('.level output')).toHaveText('80.0 %');
  await judged(page);
  expect(await shownAccuracy(page)).toBe(pruned);
  // The saved file is the edited network.
  await openBytes(page, 'pruned.onnx', bytes);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('pruned.onnx');
  await judged(page);
  expect(await shownAccuracy(page)).toBe(pruned);
});

test('a link carries the edits', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openPage(page);
  await page.getByRole('tab', { name: 'What if' }).click();
  await page.getByRole('combobox', { name: 'What is done' }).selectOption('Quantise');
  await page.getByRole('slider', { name: /Quantise/ }).press('End');
  await expect(page.locator('.level output')).toHaveText('4 bits');
  await expect(page.getByText('Prediction moves')).toBeVisible();
  await judged(page);
  const quantised = await shownAccuracy(page);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const other = await context.newPage();
  await other.goto(await page.evaluate(() => navigator.clipboard.readText()));
  await expect(other.getByRole('button', { name: '1 edit' })).toBeVisible();
  await expect(other.getByRole('tab', { name: 'What if' })).toHaveAttribute('aria-selected', 'true');
  await judged(other);
  expect(await shownAccuracy(other)).toBe(quantised);
});

test('another file: noise in one layer moves the outputs, and what was saved as safetensors opens', async ({
  page,
}) => {
  await openPage(page);
  await openFiles(page, realModel('mlp-churn.keras') ?? fixture('mlp.new.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^mlp/);
  await page.getByRole('tab', { name: 'What if' }).click();
  await page.getByRole('combobox', { name: 'What is done' }).selectOption('Add noise');
  await page.getByRole('combobox', { name: 'Where' }).selectOption({ index: 1 });
  await page.getByRole('slider', { name: /Add noise/ }).press('PageUp');
  await expect(page.getByText('Outputs differ')).toBeVisible();
  await page.getByRole('button', { name: '1 edit' }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as safetensors' }).click();
  const buffer = fs.readFileSync(await (await saved).path());
  await page.keyboard.press('Escape');
  await openBytes(page, 'noisy.safetensors', buffer);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('noisy.safetensors');
});
