import type { Page } from 'playwright/test';
import { expectAccessibleInBoth } from './axe.ts';
import { expect, fixture, openFiles, openPage, realModel, test } from './page.ts';

/** Two numbers that the symmetry lab shows after the first edit: how far the prediction, and the network's own outputs, have moved. */
async function differences(page: Page): Promise<{ prediction: number; outputs: number }> {
  await expect(page.getByTestId('prediction-difference')).toBeVisible();
  await expect(page.locator('.network-outputs')).toHaveAttribute('aria-busy', 'false');
  const number = async (id: string) =>
    Number((await page.getByTestId(id).textContent())?.replace('−', '-') ?? Number.NaN);
  return {
    prediction: await number('prediction-difference'),
    outputs: await number('output-difference'),
  };
}

const picture = (page: Page) =>
  page
    .locator('[data-testid="graph"]:not([aria-busy="true"])')
    .screenshot()
    .then((bytes) => bytes.toString('base64'));

test('neurons are shuffled: the graph changes, the prediction and the outputs do not; shuffled wrongly, all do', async ({
  page,
}) => {
  await openPage(page);
  await expect(page.locator('.opinions')).toHaveAttribute('aria-busy', 'false');
  const before = await picture(page);
  await page.getByRole('tab', { name: 'Details' }).focus();
  await page.getByRole('tab', { name: 'Symmetry' }).click();
  await page.getByRole('button', { name: 'Shuffle all neurons' }).click();
  const shuffled = await differences(page);
  expect(shuffled.prediction).toBeLessThanOrEqual(1e-5);
  expect(shuffled.outputs).toBeLessThanOrEqual(1e-4);
  expect(await picture(page)).not.toBe(before);
  // DMC reads neurons in their order, and is moved; the graph metanet and StatNN are not.
  const table = page.getByRole('region', { name: 'Every metanet, before and after' });
  await expect(table).toHaveAttribute('aria-busy', 'false');
  await expect(table.getByRole('row', { name: /^DMC / }).locator('.moved')).toBeVisible();
  for (const name of ['GMN', 'NG-GNN', 'NG-T', 'NP-NFN', 'StatNN'])
    await expect(table.getByRole('row', { name: new RegExp(`^${name} `) }).locator('.moved')).toHaveCount(0);
  await expectAccessibleInBoth(page);
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'edits undone' })).toBeVisible();
  await page.getByRole('button', { name: 'Shuffle wrongly' }).click();
  const wrong = await differences(page);
  expect(wrong.prediction).toBeGreaterThan(1e-5);
  expect(wrong.outputs).toBeGreaterThan(1e-2);
});

test('a link to a shuffled network, and another zoo chosen for it, show what was said before', async ({
  page,
}) => {
  const edits = encodeURIComponent(JSON.stringify([{ kind: 'permute', seed: 5 }]));
  await openPage(page, `/#sample=cifar10-cnn-62.onnx&tool=symmetry&edits=${edits}`);
  const table = page.getByRole('region', { name: 'Every metanet, before and after' });
  const before = table.locator('tbody tr td:nth-child(2)');
  const zoo = page.getByRole('combobox', { name: 'Zoo' });
  for (const name of ['Varying CNNs', 'Diverse Architectures']) {
    await zoo.focus();
    await zoo.selectOption(name);
    await expect(page.locator('.verdict')).toHaveAttribute('aria-busy', 'false');
    await expect(zoo).toBeFocused();
    await expect(table).toHaveAttribute('aria-busy', 'false');
    await expect(before.filter({ hasText: /^$/ })).toHaveCount(0);
    expect(await before.count()).toBeGreaterThan(8);
    await expect(page.getByText('Prediction stays')).toBeVisible();
  }
});

test('rescaling and sign flips leave what the network computes, and this metanet is not blind to them', async ({
  page,
}) => {
  await openPage(page);
  await openFiles(page, realModel('lenet-mnist.pytorch-opset10.onnx') ?? fixture('mlp.new.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(/cifar10/);
  await page.getByRole('tab', { name: 'Symmetry' }).click();
  await page.getByRole('button', { name: 'Rescale' }).click();
  const rescaled = await differences(page);
  expect(rescaled.outputs).toBeLessThanOrEqual(1e-4);
  expect(rescaled.prediction).toBeGreaterThan(1e-5);
  await expect(page.getByText(/cannot be flipped: .*not odd/)).toBeVisible();
});
