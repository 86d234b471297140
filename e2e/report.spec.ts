import fs from 'node:fs';
import { expect, openBytes, openPage, test } from './page.ts';
import { stateDict } from './state-dict.ts';

const MLP = {
  'a.weight': [16, 12],
  'a.bias': [16],
  'b.weight': [16, 16],
  'b.bias': [16],
  'c.weight': [10, 16],
  'c.bias': [10],
};

test.beforeEach(async ({ page }) => openPage(page));

test('the report says what became of every tensor, finds one, and is saved as JSON', async ({ page }) => {
  await openBytes(page, 'mlp.safetensors', stateDict(MLP));
  await page.getByRole('button', { name: /of 650 parameters placed/ }).click();
  const report = page.getByRole('dialog');
  await expect(report.getByText('650 of 650 parameters are on the graph, in 3 layers')).toBeVisible();
  await expect(report.getByText(/nothing odd among 650/)).toBeVisible();
  await report.getByRole('searchbox', { name: 'Search tensors' }).fill('bias 10');
  await expect(report.getByRole('row')).toHaveText([/tensor/, /c\.bias.*10.*float32.*bias/]);
  const saved = page.waitForEvent('download');
  await report.getByRole('button', { name: 'Save this report as JSON' }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe('mlp.report.json');
  const content = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
  expect(content).toMatchObject({
    kind: 'import report',
    file: { name: 'mlp.safetensors', format: 'safetensors' },
    parameters: { placed: 650, all: 650 },
    values: { elementCount: 650, tensors: [], neurons: [] },
  });
  expect(content.tensors).toHaveLength(6);
});

test('values that are none, and neurons that do nothing, are told without being asked for', async ({
  page,
}) => {
  const broken = stateDict(MLP);
  broken.writeFloatLE(Number.NaN, broken.length - 4);
  await openBytes(page, 'broken.safetensors', broken);
  await page.getByRole('button', { name: 'NaN or infinite values' }).click();
  await expect(page.getByRole('dialog').getByText('c.bias: 1 NaN')).toBeVisible();
  await page.keyboard.press('Escape');
  const dead = stateDict(MLP);
  dead.fill(0, dead.length - 4 * (10 + 160 + 16 + 256 + 16), dead.length - 4 * (10 + 160 + 16 + 256)); // the bias of a
  dead.fill(0, dead.length - 4 * (10 + 160 + 16 + 256), dead.length - 4 * (10 + 160 + 16 + 240)); // leads into b's first
  await openBytes(page, 'dead.safetensors', dead);
  await page.getByRole('button', { name: '1 dead neuron' }).click();
  await expect(page.getByRole('dialog').getByText(/of 16 neurons 1 constant/)).toBeVisible();
});

test('what was inferred is corrected, undone, and kept for the next time', async ({ page }) => {
  const open = () => openBytes(page, 'mlp.safetensors', stateDict(MLP));
  await open();
  await page.getByRole('button', { name: /connections inferred/ }).click();
  const activation = page.getByRole('combobox', { name: /activation/i });
  await expect(activation).toHaveValue('relu');
  await activation.selectOption('tanh');
  await expect(page.getByRole('button', { name: /connections corrected/ })).toBeVisible();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByRole('button', { name: /connections inferred/ })).toBeVisible();
  await page.getByRole('combobox', { name: /activation/i }).selectOption('tanh');
  await expect(page.getByRole('button', { name: /connections corrected/ })).toBeVisible();
  await openPage(page);
  await open();
  await page.getByRole('button', { name: /connections corrected/ }).click();
  await expect(page.getByRole('combobox', { name: /activation/i })).toHaveValue('tanh');
  await page.getByRole('button', { name: 'As inferred' }).click();
  await expect(page.getByRole('button', { name: /connections inferred/ })).toBeVisible();
});
