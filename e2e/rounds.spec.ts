import fs from 'node:fs';
import { expectAccessible } from './axe.ts';
import { expect, openFiles, openPage, realModel, shownAccuracy, test, WEBGPU } from './page.ts';
import { pictureDifference } from './picture-difference.ts';
import { stateDict } from './state-dict.ts';

const numberIn = (text: string | null) => Number((text ?? '').replace('−', '-'));

test('the rounds are walked, and the numbers of a node add up to its new state', WEBGPU, async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await openPage(page, '/?engine=gpu');
  const accuracy = await shownAccuracy(page);
  await page.getByRole('tab', { name: 'Rounds' }).click();
  const slider = page.getByRole('slider', { name: 'Round' });
  const words = page.getByRole('region', { name: 'Rounds of message passing' }).locator('output');
  await expect(words).toHaveText('Round 0 of 2: the inputs, encoded');
  const pictureOf = async () => (await page.getByRole('application').screenshot()).toString('base64');
  await slider.focus();
  await page.keyboard.press('End');
  await expect(words).toHaveText('Readout, after round 2 of 2');
  const read = await page.locator('.product strong').textContent();
  expect(Number.parseFloat(read ?? '') / 100).toBeCloseTo(accuracy, 6);
  await page.keyboard.press('Home');
  await page.waitForTimeout(300);
  const before = await pictureOf();
  await page.keyboard.press('ArrowRight');
  await expect(words).toHaveText('Round 1 of 2');
  await expect.poll(pictureOf).not.toBe(before);

  // A layer of the list leads to its nodes, a node to its sums, a neighbour's share to the neighbour.
  await page.locator('.layers .layer').nth(2).click();
  await page
    .getByRole('button', { name: /^Follow / })
    .first()
    .click();
  const state = page.getByRole('table', { name: /^State, channel/ });
  const cells = (await state.locator('td:last-child').allTextContents()).map(numberIn);
  expect(cells).toHaveLength(3);
  expect(cells[0] + cells[1]).toBeCloseTo(cells[2], 6);
  const heard = page.getByRole('table', { name: /hears$/ });
  const parts = (await heard.locator('tbody tr:not(.part) td:last-child').allTextContents()).map(numberIn);
  const total = numberIn(await heard.locator('tfoot td:last-child').textContent());
  expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 6);
  await page.getByRole('spinbutton', { name: 'Channel' }).fill('7');
  await expect(state).toContainText('State, channel 7');
  await expectAccessible(page, 'dark');
  const neighbour = heard.getByRole('button').first();
  const name = (await neighbour.textContent()) ?? '';
  await neighbour.click();
  await expect(page.getByRole('tabpanel').getByRole('heading', { level: 2 })).toContainText(
    name.split(/[ :]/)[0],
  );

  await page.getByRole('radio', { name: 'One channel' }).check();
  await expect(page.locator('.legend')).toContainText('channel 7 negative');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(words).toHaveText('Round 2 of 2');
  await page.getByRole('button', { name: 'Pause' }).click();
  // From afar layers are bars, and blocks are bands with few lines.
  for (let step = 0; step < 6; step++) {
    await page.keyboard.press('-');
    await page.waitForTimeout(200);
  }
  for (const round of ['1', '2']) {
    await slider.fill(round);
    await page.waitForTimeout(300);
  }
  await page.keyboard.press('t');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await expectAccessible(page, 'light');
});

/** What the same colours, drawn by the GPU and by the canvas, may differ by; half as much again is another round. */
const SAME_COLOURS = 1.5;

test('the GPU draws states in the colours that the canvas draws them in', WEBGPU, async ({ page }) => {
  const pictures: Record<string, string[]> = { gpu: [], cpu: [] };
  for (const engine of ['gpu', 'cpu']) {
    await openPage(page, `/?engine=${engine}`);
    await page.waitForFunction(() => performance.getEntriesByName('open: complete').length > 0);
    await page.getByRole('tab', { name: 'Rounds' }).click();
    for (const round of ['0', '2']) {
      await page.getByRole('slider', { name: 'Round' }).fill(round);
      await expect(page.locator('.gpu-picture')).toBeVisible({ visible: engine === 'gpu' });
      await expect(page.getByTestId('graph')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
      const picture = await page.getByRole('application').screenshot();
      pictures[engine].push(picture.toString('base64'));
    }
  }
  const { gpu, cpu } = pictures;
  expect(await pictureDifference(page, gpu[0], cpu[0])).toBeLessThan(SAME_COLOURS);
  expect(await pictureDifference(page, gpu[1], cpu[1])).toBeLessThan(SAME_COLOURS);
  // The measure sees another round's colours.
  expect(await pictureDifference(page, gpu[0], cpu[1])).toBeGreaterThan(1.5 * SAME_COLOURS);
});

test('a network with too many edges shows the states of its nodes, when asked to', async ({ page }, info) => {
  fs.mkdirSync(info.outputDir, { recursive: true });
  const file = info.outputPath('wide.safetensors');
  fs.writeFileSync(file, stateDict({ 'fc1.weight': [1024, 512], 'fc2.weight': [10, 1024] }));
  await openPage(page);
  await openFiles(page, file);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('wide.safetensors');
  await page.getByRole('tab', { name: 'Rounds' }).click();
  await expect(page.getByText(/pairs of nodes would take .* MB; this page keeps up to/)).toBeVisible();
  await page.getByRole('button', { name: /^Follow the states of 1,5\d\d nodes$/ }).click();
  await page.getByRole('slider', { name: 'Round' }).fill('2');
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('table', { name: /hears$/ })).toContainText('mean of 1024 messages');
  await expect(page.getByText(/Neighbours are not listed one by one/)).toBeVisible();
});

test('progress that comes in after the rounds have ended changes nothing', async ({ page }) => {
  // Messages of different ports have no order among each other: here all but the workers' own come in late.
  await page.addInitScript(() => {
    const { addEventListener } = MessagePort.prototype;
    MessagePort.prototype.addEventListener = function (this: MessagePort, type: string, listener: unknown) {
      const late = (event: Event) => setTimeout(() => (listener as EventListener)(event), 1000);
      addEventListener.call(this, type, late);
    };
  });
  await openPage(page);
  await page.getByRole('tab', { name: 'Rounds' }).click();
  await expect(page.getByRole('slider', { name: 'Round' })).toBeVisible();
  await page.waitForTimeout(1500);
  await expect(page.getByRole('slider', { name: 'Round' })).toBeVisible();
});

test('the rounds of another network are its own', async ({ page }) => {
  const file = realModel('mlp-policy.pytorch-opset17.onnx');
  test.skip(!file, 'needs mlp-policy.pytorch-opset17.onnx in METANET_MODELS');
  await openPage(page);
  await page.getByRole('tab', { name: 'Rounds' }).click();
  await page.getByRole('slider', { name: 'Round' }).fill('3');
  const read = page.locator('.product strong');
  await expect(read).toBeVisible();
  const ofSample = await read.textContent();
  await openFiles(page, file ?? '');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/mlp-policy/);
  await expect(read).toBeVisible();
  expect(await read.textContent()).not.toBe(ofSample);
  expect(Number.parseFloat((await read.textContent()) ?? '') / 100).toBeCloseTo(await shownAccuracy(page), 6);
});
