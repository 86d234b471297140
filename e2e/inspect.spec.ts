import { expect, fixture, openFiles, openPage, test } from './page.ts';

test.beforeEach(async ({ page }) => {
  await openPage(page);
  await openFiles(page, fixture('conv-norm.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('conv-norm.old.onnx');
});

test('a layer shows its shape, its weights as a picture, and their statistics', async ({ page }) => {
  const layers = page.getByRole('complementary', { name: 'Layers' });
  await expect(layers.getByRole('listitem')).toHaveCount(5);
  await layers.getByRole('button', { name: /^conv1/ }).click();
  const details = page.getByRole('tabpanel', { name: 'Details' });
  await expect(details.getByRole('heading', { name: 'conv1', exact: true })).toBeVisible();
  await expect(details.getByRole('img', { name: /6 rows, one a neuron, of 3 inputs/ })).toBeVisible();
  await expect(details.getByText('6 × 3 × 3 × 3')).toBeVisible();
  await expect(details.getByRole('img', { name: /Histogram of 162 values/ })).toBeVisible();
  await expect(details.getByText('deviation')).toBeVisible();
});

test('search finds layers by name, kind and shape', async ({ page }) => {
  const layers = page.getByRole('complementary', { name: 'Layers' });
  await page.keyboard.press('/');
  await page.keyboard.type('linear');
  await expect(layers.getByRole('listitem')).toHaveCount(2);
  await page.getByRole('searchbox').fill('4,6,5');
  await expect(layers.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('searchbox').fill('nothing like it');
  await expect(layers.getByText('No layer matches')).toBeVisible();
});

test('arrow keys walk from neuron to neuron, and the inspector follows', async ({ page }) => {
  const details = page.getByRole('tabpanel', { name: 'Details' });
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await expect(details.getByRole('heading', { name: 'input: input 1 of 3' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(details.getByRole('heading', { name: 'conv1: channel 2 of 6' })).toBeVisible();
  // Three inputs, four norm parameters, four kernels onward.
  await expect(details.getByText('from input kernels')).toBeVisible();
  await expect(details.getByText('norm scale γ')).toBeVisible();
  await expect(details.getByText('to conv2 kernels')).toBeVisible();
  await details.getByRole('listitem').first().getByRole('button').click();
  await expect(details.getByRole('heading', { name: /input: input \d of 3/ })).toBeVisible();
});

test('pointing at a neuron names it; a click selects it; Escape lets go', async ({ page }) => {
  const canvas = page.getByRole('application');
  const box = await canvas.boundingBox();
  if (!box) throw new Error('no canvas');
  const details = page.getByRole('tabpanel', { name: 'Details' });
  // Walk the pointer down the middle of the graph until it meets a neuron.
  const tip = page.locator('.graph-tip');
  await expect(async () => {
    for (let x = 0.1; x < 0.9; x += 0.004) {
      await page.mouse.move(box.x + x * box.width, box.y + 0.5 * box.height);
      if (await tip.isVisible()) break;
    }
    await expect(tip).toBeVisible({ timeout: 100 });
  }).toPass();
  await expect(tip).toContainText(/ of \d+|bias|norm/);
  await page.mouse.down();
  await page.mouse.up();
  await expect(details.getByRole('heading').first()).toContainText(/: /);
  await page.keyboard.press('Escape');
  await expect(details.getByText('Select a layer for its weights')).toBeVisible();
});

test('a smaller network opens under a pointer that rests on the last one', async ({ page }) => {
  await openFiles(page, fixture('vision-transformer.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('vision-transformer.old.onnx');
  const box = await page.getByRole('application').boundingBox();
  if (!box) throw new Error('no canvas');
  const tip = page.locator('.graph-tip');
  await expect(async () => {
    for (let x = 0.99; x > 0.6; x -= 0.004) {
      await page.mouse.move(box.x + x * box.width, box.y + 0.5 * box.height);
      if (await tip.isVisible()) break;
    }
    await expect(tip).toBeVisible({ timeout: 100 });
  }).toPass();
  await openFiles(page, fixture('conv-norm.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('conv-norm.old.onnx');
  await expect(tip).toBeHidden();
  await expect(page.locator('.failed')).toHaveCount(0);
});

test('pointing at a line shows its weight; a click shows the kernel and its two ends', async ({ page }) => {
  const canvas = page.getByTestId('graph');
  const box = await canvas.boundingBox();
  if (!box) throw new Error('no canvas');
  const tip = page.locator('.graph-tip');
  await expect(async () => {
    for (let y = 0.35; y < 0.65; y += 0.003) {
      await page.mouse.move(box.x + 0.42 * box.width, box.y + y * box.height);
      if (await tip.getByText('→').isVisible()) break;
    }
    await expect(tip).toContainText(/→.*kernels −?[\d.]+/, { timeout: 100 });
  }).toPass();
  await page.mouse.down();
  await page.mouse.up();
  const details = page.getByRole('tabpanel', { name: 'Details' });
  await expect(details.getByRole('heading')).toContainText('→');
  await details.getByRole('button', { name: /^from/ }).click();
  await expect(details.getByRole('heading').first()).toContainText(/ of \d+/);
});

test('zoom by button and key changes the picture, and Fit restores it', async ({ page }) => {
  const picture = () =>
    page.getByTestId('graph').evaluate(async (canvas: HTMLCanvasElement) => {
      const bytes = new TextEncoder().encode(canvas.toDataURL());
      return String(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
    });
  /** Once every weight has arrived, and it stands still. */
  const pictureAtRest = async () => {
    await page.waitForFunction(() => performance.getEntriesByName('open: complete').length > 0);
    await expect(page.getByTestId('graph')).toHaveAttribute('aria-busy', 'false');
    let last = '';
    await expect
      .poll(async () => {
        const before = last;
        last = await picture();
        return last === before;
      })
      .toBe(true);
    return last;
  };
  const fitted = await pictureAtRest();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(picture).not.toBe(fitted);
  await page.keyboard.press('f');
  await expect.poll(picture).toBe(fitted);
});

test('the report says what became of every tensor', async ({ page }) => {
  await page.getByTitle('How the file was read').click();
  const report = page.getByRole('dialog');
  await expect(report).toContainText('989 of 989 parameters are on the graph');
  await expect(report.getByRole('row', { name: /bn1.running_var/ })).toContainText('running variance');
  await page.keyboard.press('Escape');
  await expect(report).toBeHidden();
});

test('help lists the keys', async ({ page }) => {
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog').getByRole('row', { name: /Search the layers/ })).toBeVisible();
});
