import { expect, openFiles, openPage, pytorchFixture, test } from './page.ts';

test.beforeEach(async ({ page }) => openPage(page));

test('a PyTorch file that would run code opens with a red banner, and the report lists the call', async ({
  page,
}) => {
  await openFiles(page, pytorchFixture('hostile/system-in-weights.pth'));
  const banner = page.getByRole('alert');
  await expect(banner).toContainText('Do not load this file in Python');
  await expect(banner).toContainText('os.system("echo hostile")');
  await expect(banner).toContainText('Nothing of it was run here');
  await page.getByRole('button', { name: /16 parameters placed/ }).click();
  const report = page.getByRole('dialog');
  await expect(report.getByText('PyTorch, zip archive')).toBeVisible();
  await expect(report.getByRole('listitem').filter({ hasText: 'os.system' })).toContainText('can run code');
});

test('a pickle without a network is refused, and the call that it would make is told', async ({ page }) => {
  const before = await page.getByRole('heading', { level: 1 }).textContent();
  await openFiles(page, pytorchFixture('hostile/posix.text.pkl'));
  await expect(page.getByRole('alert')).toContainText('posix.system("echo hostile")');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(before ?? '');
});
