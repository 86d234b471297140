/** The lines drawn by WebGPU and by the canvas: one picture. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, openFiles, openPage, publicFile, test, WEBGPU } from './page.ts';
import { ALIKE, pictureDifference } from './picture-difference.ts';
import { stateDict } from './state-dict.ts';

// A software adapter draws pixel by pixel: no more of them than it takes to see all.
test.use({ viewport: { width: 1000, height: 640 } });

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
  test(`the GPU draws the same picture of ${name} as the canvas`, WEBGPU, async ({ page }, info) => {
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
    expect(await pictureDifference(page, pictures[0], pictures[1])).toBeLessThan(ALIKE);
    // The measure sees when lines are missing.
    await page.locator('.stage').evaluate((stage) => {
      stage.style.filter = 'opacity(0.6)';
    });
    const pale = (await view.screenshot()).toString('base64');
    expect(await pictureDifference(page, pictures[1], pale)).toBeGreaterThan(2 * ALIKE);
  });
}
