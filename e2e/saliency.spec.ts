import { expect, openFiles, openPage, realModel, shownAccuracy, test, WEBGPU } from './page.ts';

const percent = (text: string | null) => Number.parseFloat(text ?? '');

test(
  'what mattered is drawn, ranked, and tested: without it the prediction moves',
  WEBGPU,
  async ({ page }) => {
    await openPage(page, '/?engine=gpu');
    const before = 100 * (await shownAccuracy(page));
    await page.getByRole('tab', { name: 'What mattered' }).click();
    await expect(page.getByText('raises the prediction', { exact: true })).toBeVisible();
    const raising = page.locator('.salient-weights').filter({ hasText: 'What raises it most' });
    await raising.getByRole('button', { name: /Predict without the first/ }).click();
    await expect(raising.locator('output')).toHaveText(/points/);
    expect(percent(await raising.locator('output').textContent())).toBeLessThan(before - 1);
    const lowering = page.locator('.salient-weights').filter({ hasText: 'What lowers it most' });
    await lowering.getByRole('button', { name: /Predict without the first/ }).click();
    await expect(lowering.locator('output')).toHaveText(/points/);
    expect(percent(await lowering.locator('output').textContent())).toBeGreaterThan(before + 1);
    // The network itself is as it was.
    expect(100 * (await shownAccuracy(page))).toBeCloseTo(before, 6);
    // A weight of the list is a connection of the graph; the tabs are walked by arrow keys.
    await raising.getByRole('listitem').first().getByRole('button').click();
    await page.getByRole('tab', { name: 'What mattered' }).focus();
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByRole('tabpanel')).toContainText(/from .*to /);
  },
);

test('a dropped network of another kind has its own', async ({ page }) => {
  const file = realModel('mlp-policy.pytorch-opset17.onnx');
  test.skip(!file, 'needs mlp-policy.pytorch-opset17.onnx in METANET_MODELS');
  await openPage(page);
  await page.getByRole('tab', { name: 'What mattered' }).click();
  await expect(page.getByText('What raises it most')).toBeVisible();
  await openFiles(page, file ?? '');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/mlp-policy/);
  const layers = page.getByRole('list', { name: 'Layers, by how much hangs on them' });
  await expect(layers.getByRole('listitem')).toHaveCount(3);
});
