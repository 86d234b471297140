import fs from 'node:fs';
import { dropFiles, expect, fixture, openFiles, openPage, publicFile, realModel, test } from './page.ts';

test('the page opens with a sample, already drawn and judged', async ({ page }) => {
  await openPage(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/\.onnx$/);
  await expect(page.getByText(/100 % of [\d,]+ parameters placed/)).toBeVisible();
  await expect(page.getByRole('application')).toHaveAccessibleName(/Parameter graph of .*: \d+ nodes/);
});

test('a file dropped anywhere replaces the sample', async ({ page }) => {
  await openPage(page);
  await dropFiles(page, fixture('residual.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('residual.old.onnx');
  await expect(page.getByText('100 % of 1,087 parameters placed')).toBeVisible();
  await expect(page.getByText('Drop a model file', { exact: true })).toBeHidden();
});

test('a model whose weights lie in a second file opens when both are dropped', async ({ page }) => {
  await openPage(page);
  await dropFiles(page, fixture('external.onnx'));
  await expect(page.getByRole('alert')).toContainText('"external.onnx.data"');
  await dropFiles(page, fixture('external.onnx.data'), fixture('external.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('external.onnx');
  await expect(page.getByRole('alert')).toBeHidden();
});

test('samples open from the menu and are remembered in the address', async ({ page }) => {
  await openPage(page);
  const [, second] = JSON.parse(fs.readFileSync(publicFile('samples/index.json'), 'utf8')) as {
    file: string;
    title: string;
  }[];
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.getByRole('button', { name: second.title }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second.file);
  await expect(page).toHaveURL(new RegExp(`#sample=${second.file}$`));
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second.file);
});

test('a network of the zoo opens with its true accuracy', async ({ page }) => {
  await openPage(page);
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.getByRole('button', { name: /Another from the zoo/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/\d{5}-\d\.onnx$/);
  await expect(page.getByText(/True accuracy on CIFAR-10/)).toBeVisible();
});

test('a bare state dict is drawn as guessed, and says so', async ({ page }) => {
  const file = realModel('mlp-mnist.safetensors');
  test.skip(!file, 'needs mlp-mnist.safetensors in METANET_MODELS');
  await openPage(page);
  await openFiles(page, file ?? '');
  await expect(page.getByText('connections inferred')).toBeVisible();
  await expect(page.getByText('100 % of 101,632 parameters placed')).toBeVisible();
});
