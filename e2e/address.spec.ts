/** Openings that overlap, and the address as it changes under the open page. */
import type { Page } from 'playwright/test';
import { expect, fixture, openFiles, openPage, publicFile, test } from './page.ts';

const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('what is opened last stands, also where a sample asked for before is slow to arrive', async ({
  page,
}) => {
  await openPage(page);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/samples/*.onnx', async (route) => {
    await held;
    await route.fulfill({ path: publicFile('samples/cifar10-cnn-62.onnx') });
  });
  const openSecond = async () => {
    await page.getByRole('button', { name: 'Samples' }).click();
    await page.locator(':popover-open').getByRole('button').nth(1).click();
    await expect(page.getByText(/^Opening .* …$/)).toBeVisible();
  };
  await openSecond();
  await openFiles(page, fixture('residual.old.onnx'));
  await expect(title(page)).toHaveText('residual.old.onnx');
  // Cancelled, it does not open either.
  await openSecond();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const arrived = page.waitForResponse('**/samples/*.onnx');
  release();
  await arrived;
  await page.waitForTimeout(500);
  await expect(title(page)).toHaveText('residual.old.onnx');
  await expect(page.getByText(/^Opening .* …$/)).toBeHidden();
});

test('back, and another link in the address, show what the address names', async ({ page }) => {
  await openPage(page, '/?engine=cpu#sample=cifar10-cnn-62.onnx');
  await expect(title(page)).toHaveText('cifar10-cnn-62.onnx');
  await page.getByRole('button', { name: 'Zoo', exact: true }).click();
  await page.getByRole('button', { name: 'Samples' }).click();
  await page.locator(':popover-open').getByRole('button').nth(1).click();
  await expect(title(page)).not.toHaveText('cifar10-cnn-62.onnx');
  await page.goBack();
  await expect(page).toHaveURL(/#zoo$/);
  await page.goBack();
  await expect(page).toHaveURL(/#sample=cifar10-cnn-62.onnx$/);
  await expect(title(page)).toHaveText('cifar10-cnn-62.onnx');
  const change = JSON.stringify([{ kind: 'prune', share: 0.4 }]);
  await page.evaluate((edits) => {
    location.hash = `sample=cifar10-cnn-55.onnx&edits=${encodeURIComponent(edits)}`;
  }, change);
  await expect(title(page)).toHaveText('cifar10-cnn-55.onnx');
  await expect(page.getByRole('button', { name: '1 edit' })).toBeVisible();
  // What names nothing that there is leaves what is open, and its address.
  await page.evaluate(() => {
    location.hash = 'network=varying-cnns/nothing';
  });
  await expect(page.getByRole('alert')).toContainText('nothing');
  await expect(title(page)).toHaveText('cifar10-cnn-55.onnx');
  await expect(page).toHaveURL(/#sample=cifar10-cnn-55.onnx$/);
});

test('another comparison in the address is made', async ({ page }) => {
  await page.goto('/?engine=cpu#compare&left=sample/cifar10-cnn-62.onnx&right=shuffled/7');
  await expect(page.getByTestId('comparison')).toContainText('The same function');
  await page.evaluate(() => {
    location.hash = 'compare&left=sample/cifar10-cnn-62.onnx&right=sample/cifar10-cnn-55.onnx';
  });
  await expect(page.getByTestId('comparison')).not.toContainText('The same function');
  await expect(page.locator('.pane-name').last()).toHaveText('cifar10-cnn-55.onnx');
});
