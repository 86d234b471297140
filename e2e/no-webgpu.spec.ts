import { expect, openPage, test } from './page.ts';

test('without WebGPU the page says why, and judges on the CPU', async ({ page }) => {
  await openPage(page, '/');
  await page.getByRole('button', { name: /CPU/ }).click();
  await expect(page.getByText('The metanet runs on the CPU')).toBeVisible();
  await expect(page.getByText(/no graphics adapter|no WebGPU/)).toBeVisible();
  await expect(page.getByText(/% interval · CPU/)).toBeVisible();
});
