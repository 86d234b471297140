import fs from 'node:fs';
import type { Page } from 'playwright/test';
import { expectAccessible } from './axe.ts';
import { expect, openPage, publicFile, test } from './page.ts';

const MAP = 'varying-cnns.map.safetensors';

async function openDoubts(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Doubts' }).click();
  await expect(page.getByRole('heading', { name: 'What the weights alone say' })).toBeVisible();
}

const nearest = (page: Page) => page.getByRole('table', { name: 'Nearest networks of the zoo' });

test('a network lies among its neighbours, which are named, walked and opened', async ({ page }) => {
  await openPage(page);
  await openDoubts(page);
  await expect(nearest(page).getByRole('row').nth(5)).toBeVisible();
  // Arrow keys name the dots.
  const map = page.getByRole('application', { name: /networks of the zoo by their embeddings/ });
  await map.focus();
  await page.keyboard.press('ArrowRight');
  const words = page.locator('.map-words');
  await expect(words).toHaveText(/run\d+-\d \d+\.\d %, (held out|for training|for validation)/);
  const first = await words.textContent();
  await page.keyboard.press('ArrowRight');
  await expect(words).not.toHaveText(first ?? '');
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    if (scheme === 'light') await page.keyboard.press('t');
    await expectAccessible(page, scheme);
  }
  // A neighbour whose file comes with the page is opened, and is found to be itself.
  const link = nearest(page).getByRole('button').first();
  const name = ((await link.textContent()) ?? '').replace(' ↗', '');
  await link.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${name}.onnx`);
  await expect(page.getByText(`It is itself a network of the zoo, held out: ${name}.`)).toBeVisible();
});

test('its weights are measured, layer by layer, sorted, selected and saved', async ({ page }) => {
  await openPage(page);
  await openDoubts(page);
  const measures = page.getByRole('table', { name: 'Measures of the whole network' });
  await expect(measures.getByRole('row').nth(1)).toContainText(/GMN’s prediction.*%0\.\d\d/);
  const layers = page.getByRole('region', { name: 'Measures by layer' });
  const norms = async () => (await layers.locator('tbody td:first-child').allTextContents()).map(Number);
  await layers.getByRole('button', { name: '‖W‖' }).click();
  const descending = await norms();
  expect(descending.length).toBeGreaterThan(2);
  expect(descending).toEqual([...descending].sort((a, b) => b - a));
  await page.getByRole('button', { name: 'Quantiles' }).click();
  await expect(layers.getByRole('columnheader', { name: '50 %' })).toBeVisible();
  const layer = layers.locator('tbody').getByRole('button').first();
  await layer.click();
  await expect(layer).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('complementary', { name: 'Layers' }).locator('[aria-pressed=true]')).toHaveText(
    new RegExp(((await layer.textContent()) ?? '').replace('.weight', '')),
  );
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the layers as CSV' }).click();
  const lines = fs
    .readFileSync(await (await saving).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines[0]).toMatch(/^weight,rows,columns,/);
  expect(lines).toHaveLength(descending.length + 1);
});

test('a map of another checkpoint is not drawn', async ({ page }) => {
  const bytes = fs.readFileSync(publicFile(`zoo/${MAP}`)).toString('latin1');
  const other = bytes.replace(/(\\"checkpoint\\": \\")[0-9a-f]{8}/, '$100000000');
  expect(other).not.toBe(bytes);
  await page.route(`**/${MAP}`, (route) => route.fulfill({ body: Buffer.from(other, 'latin1') }));
  await openPage(page);
  await openDoubts(page);
  await expect(page.getByText(/was made with another GMN .* so it is not drawn/)).toBeVisible();
  await expect(page.locator('.embedding-map')).toHaveCount(0);
  await expect(page.getByText(/times the threshold, below which/)).toBeVisible();
});

test('of a network of another kind it says how far off it is, and why', async ({ page }) => {
  await openPage(page, '/#sample=picture.onnx');
  await openDoubts(page);
  await expect(page.getByText(/times as far off as is usual/)).toBeVisible();
  await expect(page.locator('.reasons')).toContainText('it reads 2 channels');
});
