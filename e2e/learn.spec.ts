import type { Page } from 'playwright/test';
import { expectAccessible, expectAccessibleInBoth } from './axe.ts';
import { expect, fixture, openFiles, openPage, realModel, test } from './page.ts';

const card = (page: Page) => page.locator('.tour-card');

/** The tour stands at a stop, and the page shows it. */
async function expectStop(page: Page, stop: number): Promise<void> {
  await expect(card(page)).toContainText(`${stop} of 5`);
  await expect(card(page)).toHaveAttribute('aria-busy', 'false');
}

test('the tour leads through the real page, and leaves it as it was', async ({ page }) => {
  await openPage(page);
  await page.getByRole('button', { name: 'Take the tour' }).click();
  await expectStop(page, 1);
  await expect(page.getByRole('tabpanel')).toContainText('kernels in blocks.0.conv.weight');
  await expect(card(page).getByRole('heading')).toBeFocused();
  await expectAccessibleInBoth(page);
  await page.keyboard.press('ArrowRight');
  await expectStop(page, 2);
  await expect(page.getByTestId('prediction-difference')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expectStop(page, 3);
  await expect(page.getByRole('tabpanel')).toContainText('blocks.0.conv');
  await page.keyboard.press('ArrowRight');
  await expectStop(page, 4);
  const accuracy = await page.getByTestId('accuracy').textContent();
  await expect(card(page)).toContainText(accuracy?.slice(0, 4) ?? '');
  await card(page).getByRole('button', { name: 'Next' }).click();
  await expectStop(page, 5);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('picture.onnx');
  await expect(page.getByText('Unlike anything in the zoo')).toBeVisible();
  await card(page).getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('cifar10-cnn-62.onnx');
  await expect(card(page)).toBeHidden();
  await expect(page.getByRole('button', { name: 'Tour', exact: true })).toBeFocused();
  // Offered once.
  await page.reload();
  await expect(page.getByTestId('accuracy')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Take the tour' })).toBeHidden();
});

test('a link starts the tour; Escape ends it anywhere, on a telephone too', async ({ page }) => {
  await page.setViewportSize({ width: 420, height: 900 });
  await openPage(page, '/#sample=cifar10-cnn-55.onnx&tour=1');
  await expectStop(page, 1);
  await page.keyboard.press('ArrowRight');
  await expectStop(page, 2);
  const [panel, below] = [await page.getByRole('tabpanel').boundingBox(), await card(page).boundingBox()];
  expect(panel?.y).toBeLessThan(below?.y ?? 0);
  await page.keyboard.press('ArrowLeft');
  await expectStop(page, 1);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await expect(card(page)).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('cifar10-cnn-55.onnx');
  await expect(page.getByRole('tab', { name: 'Details' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('button', { name: /edit/ })).toBeHidden();
});

test('on a file of one’s own the tour leaves it open', async ({ page }) => {
  await openPage(page);
  await openFiles(page, fixture('mlp.new.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('mlp.new.onnx');
  await page.getByRole('button', { name: 'Help' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take the tour' }).click();
  await expectStop(page, 1);
  await expect(card(page)).toContainText('leaves it open');
  for (const stop of [2, 3, 4, 5]) {
    await card(page).getByRole('button', { name: 'Next' }).click();
    await expectStop(page, stop);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('mlp.new.onnx');
  }
  await card(page).getByRole('button', { name: 'Done' }).click();
  await expect(card(page)).toBeHidden();
});

/** What both theorems promise of a network's output: ONNX Runtime's float32 sums against float64. */
const ROUNDING = 1e-5;

async function shownDifference(page: Page): Promise<number> {
  return Number(await page.getByTestId('difference').getAttribute('data-value'));
}

test('message passing runs the open network, and adds up StatNN’s statistics', async ({ page }) => {
  await openPage(page, '/#sample=cifar10-cnn-55.onnx');
  await page.getByRole('tab', { name: 'Theorems' }).click();
  expect(await shownDifference(page)).toBeLessThan(ROUNDING);
  await expectAccessibleInBoth(page);
  // Before the last round no output is there; the scrubber is walked by keys.
  const slider = page.getByRole('slider', { name: 'Round of message passing' });
  await slider.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /^Round 0 of 6: 3,072 of 10,266 nodes/);
  await expect(page.getByTestId('difference')).toBeHidden();
  await slider.press('ArrowRight');
  await expect(page.getByText(/^Conv, /)).toBeVisible();
  await page.getByRole('button', { name: 'Another input' }).click();
  expect(await shownDifference(page)).toBeLessThan(ROUNDING);
  await page.getByText('Compute StatNN', { exact: true }).click();
  expect(await shownDifference(page)).toBeLessThan(1e-10);
  await expectAccessible(page, 'dark');
  // The same by the GMN of the checkpoint, on a network that is small enough.
  await openFiles(page, fixture('gmn-block.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('gmn-block.old.onnx');
  await page.getByText('Run the network', { exact: true }).click();
  await page.getByLabel('With the checkpoint’s own GMN code').check();
  expect(await shownDifference(page)).toBeLessThan(ROUNDING);
});

test('networks of other formats are run, and those that are too large say so', async ({ page }) => {
  const files = ['lenet-mnist.pytorch-opset10.onnx', 'mlp-churn.keras', 'edge-cifar100.tflite'];
  const [small, large] = [files.map(realModel), realModel('squeezenet-light.caffe2-opset9.onnx')];
  test.skip(!large || small.includes(undefined), `needs ${files.join(', ')} in METANET_MODELS`);
  await openPage(page);
  await page.getByRole('tab', { name: 'Theorems' }).click();
  for (const [index, file] of small.entries()) {
    await openFiles(page, file ?? '');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(files[index]);
    expect(await shownDifference(page)).toBeLessThan(ROUNDING);
  }
  await openFiles(page, large ?? '');
  await page.getByRole('button', { name: /^Run it/ }).click();
  await expect(page.getByRole('tabpanel')).toContainText(/about 349M edges, too many/);
  await page.getByRole('button', { name: 'Open a sample that can be run' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('cifar10-cnn-55.onnx');
  expect(await shownDifference(page)).toBeLessThan(ROUNDING);
});
