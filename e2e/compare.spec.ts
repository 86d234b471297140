/** Two models compared modulo the order of neurons, and the checkpoints of a run, on samples and on a file of others. */
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright/test';
import { expectAllAccessible, LOOKS } from './axe.ts';
import { expect, publicFile, realModel, test } from './page.ts';

const seed = (number: number) =>
  path.resolve(import.meta.dirname, `../training/fixtures/alignment/seed-${number}.safetensors`);

const verdict = (page: Page) => page.getByTestId('comparison');

/** The Compare view, with something on its left. */
async function openCompare(page: Page, hash = '#compare'): Promise<void> {
  await page.goto(`/${hash}`);
  await expect(page.getByTestId('graph-left')).toBeVisible();
}

async function chooseFiles(page: Page, side: 'left' | 'right', ...files: string[]): Promise<void> {
  const field = page.getByTestId(`files-${side}`);
  if ((await field.count()) === 0) await page.getByTitle(`Choose the ${side} model`).click();
  await field.setInputFiles(files);
}

async function shuffle(page: Page): Promise<void> {
  const item = page.getByRole('button', { name: /The left one, neurons shuffled/ });
  if ((await item.count()) === 0) await page.getByTitle('Choose the right model').click();
  await item.click();
}

/** How long the comparison took, as the page says it. */
async function secondsTaken(page: Page): Promise<number> {
  const words = await page.locator('.verdict-words').textContent();
  const [, time, unit] = /in ([\d.]+) (ms|s)\./.exec(words ?? '') ?? [];
  return Number(time) / (unit === 'ms' ? 1000 : 1);
}

test('a hidden permutation of a sample is found exactly; neurons are followed; aligned, nothing lies between', async ({
  page,
}) => {
  await page.goto('/');
  await expect(page.getByTestId('accuracy')).toBeVisible();
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { name: 'Compare two models' })).toBeVisible();
  await expect(page.getByTestId('graph-left')).toBeVisible();
  await shuffle(page);
  await expect(verdict(page)).toHaveText('The same function up to a permutation of neurons');
  const detail = page.locator('.verdict-words');
  await expect(detail).toContainText('all parameters are equal, bit for bit');
  expect(await secondsTaken(page)).toBeLessThan(5);
  await expect(page).toHaveURL(/#compare&left=sample\/cifar10-cnn-62\.onnx&right=shuffled\/\d+$/);

  // Some neuron of the first hidden layer stands elsewhere, and reads the same there.
  await page.getByRole('application', { name: /on the left/ }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const counterparts = page.locator('.counterparts');
  await expect(counterparts).toContainText(
    /left blocks\.0\.conv channel \d ↔ right blocks\.0\.conv channel \d/,
  );
  await expect(counterparts).toContainText('cosine of incoming weights 1.000');
  await page.getByRole('checkbox', { name: 'Aligned' }).check();
  await expect(page.getByText(/drawn aligned/)).toBeVisible();

  await expect(page.locator('.chart-keys')).toContainText(/aligned: barrier 0\.0 points/);
  await expect(page.locator('.chart-keys')).toContainText(
    /as the files have them: barrier (?!0\.0)[\d.]+ points/,
  );
  await expect(page.getByText(/not learned from mixtures of different runs/)).toBeVisible();

  // The address says which two; going back and forth keeps them.
  const address = page.url();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('graph')).toBeVisible();
  await page.goBack();
  await expect(verdict(page)).toBeVisible();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(verdict(page)).toHaveText('The same function up to a permutation of neurons');
});

test('a hidden permutation of ResNet-20 is found exactly', async ({ page }) => {
  const file = realModel('resnet20-cifar10.pth');
  test.skip(!file, 'needs METANET_MODELS');
  await openCompare(page);
  await chooseFiles(page, 'left', file ?? '');
  await expect(page.getByTitle('Choose the left model')).toContainText('resnet20-cifar10.pth');
  await shuffle(page);
  await expect(verdict(page)).toHaveText('The same function up to a permutation of neurons');
  await expect(page.locator('.verdict-words')).toContainText('all parameters are equal, bit for bit');
  expect(await secondsTaken(page)).toBeLessThan(5);
});

test('two training runs are told apart, and the table is sorted', async ({ page }) => {
  await openCompare(page);
  await chooseFiles(page, 'right', seed(1), seed(0));
  await expect(verdict(page)).toHaveText('Different');
  await expect(page.getByTitle('Choose the left model')).toContainText('seed-0');
  await expect(page.locator('.verdict-words')).toContainText(
    /0\.\d\d aligned; aligning random weights gives 0\.\d\d/,
  );
  const rows = page.getByRole('region', { name: 'Differences' }).locator('tbody tr[aria-rowindex]');
  await expect(rows).toHaveCount(6);
  await page.getByRole('button', { name: 'values' }).click();
  await expect(rows.first()).toContainText('fc2.weight');
});

test('what cannot be opened leaves everything as it was; other architectures are compared layer by layer', async ({
  page,
}, info) => {
  await openCompare(page, '#compare&left=sample/cifar10-cnn-62.onnx&right=sample/cifar10-cnn-55.onnx');
  await expect(verdict(page)).toHaveText('Different architectures');
  await expect(page.getByRole('grid')).toContainText('left only');
  const half = info.outputPath('half.onnx');
  const whole = fs.readFileSync(publicFile('samples/cifar10-cnn-10.onnx'));
  fs.writeFileSync(half, whole.subarray(0, whole.length / 2));
  await chooseFiles(page, 'right', half);
  await expect(page.getByRole('alert')).toContainText('half.onnx');
  await expect(verdict(page)).toHaveText('Different architectures');
  await expect(page.getByTitle('Choose the right model')).toContainText('cifar10-cnn-55.onnx');
});

test('checkpoints of a run become a series in the order of their numbers, walked and played', async ({
  page,
}, info) => {
  const folder = info.outputPath('run');
  fs.mkdirSync(folder, { recursive: true });
  const files = (
    [
      [9, 0],
      [100, 0],
      [10, 1],
    ] as const
  ).map(([epoch, number]) => {
    const file = path.join(folder, `epoch-${epoch}.safetensors`);
    fs.copyFileSync(seed(number), file);
    return file;
  });
  await openCompare(page);
  await chooseFiles(page, 'right', ...files);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('3 checkpoints');
  const shown = page.getByRole('region', { name: 'Checkpoint', exact: true });
  await expect(shown).toContainText('epoch-9.safetensors');
  await expect(page.getByText(/% predicted for this one/)).toBeVisible();
  const row = page.getByRole('row', { name: /fc2\.weight/ });
  await expect(row).toContainText('0.000');
  await page.getByRole('slider', { name: 'Checkpoint' }).press('ArrowRight');
  await expect(shown).toContainText('epoch-10.safetensors');
  await expect(row).not.toContainText('0.000');
  // The first checkpoint again: no distance from it, and as far from the one before as that was.
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(shown).toContainText('epoch-100.safetensors');
  await expect(row).toContainText('0.000');
  await expect(page.getByRole('button', { name: 'Play' })).toBeVisible();
  await page.getByRole('button', { name: 'Compare two instead' }).click();
  await expect(page.getByTestId('graph-left')).toBeVisible();
});

for (const [colorScheme, width] of LOOKS) {
  test(`axe finds nothing in Compare: ${colorScheme}, ${width} pixels wide`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await expectAllAccessible(page, colorScheme, {
      choosing: () => openCompare(page),
      'two models': async () => {
        await shuffle(page);
        await expect(page.locator('.chart-keys')).toContainText(/barrier/);
        await page.getByRole('application', { name: /on the left/ }).press('ArrowRight');
        await expect(page.locator('.counterparts')).toBeVisible();
      },
      series: async () => {
        await page.goto('about:blank');
        await page.goto('/#compare&series=varying-cnns/run00017');
        await expect(page.getByText(/% predicted for this one/)).toBeVisible();
      },
    });
  });
}
