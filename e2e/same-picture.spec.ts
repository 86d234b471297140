/** The lines drawn by WebGPU and by the canvas: one picture. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, openFiles, openPage, publicFile, test } from './page.ts';
import { stateDict } from './state-dict.ts';

/** Mean difference of two PNG pictures, of 255, after averaging over squares of 4 pixels: edges may be softened otherwise. */
const MEAN_DIFFERENCE = `async (a, b) => {
  const small = async (png) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
    const canvas = new OffscreenCanvas(image.width >> 2, image.height >> 2);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const [left, right] = [await small(a), await small(b)];
  return left.reduce((sum, value, index) => sum + Math.abs(value - right[index]), 0) / left.length;
}`;

/**
 * A hundredth of the range. What may differ is softness and how crossing lines add up: the browser's own two ways of painting
 * a canvas differ by half of that.
 */
const ALIKE = 2.55;

const guessed = stateDict({ 'fc1.weight': [24, 12], 'fc2.weight': [16, 24], 'fc3.weight': [4, 16] });
const FILES = {
  'a sample': () => publicFile('samples/cifar10-cnn-55.onnx'),
  'a transformer': () => publicFile('samples/cifar10-transformer.onnx'),
  'a bare state dict, dashed': (folder: string) => {
    fs.writeFileSync(`${folder}/guessed.safetensors`, guessed);
    return `${folder}/guessed.safetensors`;
  },
};

for (const [name, fileFor] of Object.entries(FILES)) {
  test(`the GPU draws the same picture of ${name} as the canvas`, async ({ page }, info) => {
    fs.mkdirSync(info.outputDir, { recursive: true });
    const file = fileFor(info.outputDir);
    const pictures: string[] = [];
    const view = page.getByRole('application');
    for (const engine of ['gpu', 'cpu']) {
      await openPage(page, `/?engine=${engine}`);
      await openFiles(page, file);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(path.basename(file));
      // Until all blocks have arrived and nothing moves any more.
      await page.waitForFunction(() => performance.getEntriesByName('open: complete').length > 1);
      await page.waitForTimeout(300);
      await expect(page.getByTestId('graph')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
      await expect(page.locator('.gpu-picture')).toBeVisible({ visible: engine === 'gpu' });
      pictures.push((await view.screenshot({ path: info.outputPath(`${engine}.png`) })).toString('base64'));
    }
    // data: addresses are not for the page's own policy.
    const bare = await page.context().newPage();
    const difference = (a: string, b: string) =>
      bare.evaluate(`(${MEAN_DIFFERENCE})(${JSON.stringify(a)}, ${JSON.stringify(b)})`) as Promise<number>;
    expect(await difference(pictures[0], pictures[1])).toBeLessThan(ALIKE);
    // The measure sees when lines are missing.
    await page.locator('.stage').evaluate((stage) => {
      stage.style.filter = 'opacity(0.6)';
    });
    const pale = (await view.screenshot()).toString('base64');
    expect(await difference(pictures[1], pale)).toBeGreaterThan(2 * ALIKE);
  });
}
