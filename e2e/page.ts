/** What the stories share: opening the page and watching it for complaints. */
import fs from 'node:fs';
import path from 'node:path';
import { test as base, expect, type Page } from 'playwright/test';

const ROOT = path.resolve(import.meta.dirname, '..');

export const fixture = (name: string) => path.join(ROOT, 'training/fixtures/onnx', name);
export const pytorchFixture = (name: string) => path.join(ROOT, 'training/fixtures/pytorch', name);
export const publicFile = (name: string) => path.join(ROOT, 'public', name);

/** Folder with other people's model files; stories that need it are skipped where it is absent. */
const REAL_MODELS = process.env.METANET_MODELS ?? path.join(ROOT, 'models');
export const realModel = (name: string) => {
  const file = path.join(REAL_MODELS, name);
  return fs.existsSync(file) ? file : undefined;
};

/** Fails a story when the page complains, whatever else it shows. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Of a story that needs WebGPU. The others run without: quicker, where it is computed in software. */
export const WEBGPU = { tag: '@webgpu' };

/** Opens the page and waits until its sample has been judged, on the engine that the page chooses if the address names none. */
export async function openPage(page: Page, address = '/'): Promise<void> {
  await page.goto(address);
  await expect(page.getByTestId('accuracy')).toBeVisible();
}

export const openFiles = (page: Page, ...files: string[]) =>
  page.getByTestId('file-input').setInputFiles(files);

/** Opens a file that was made on the spot. */
export const openBytes = (page: Page, name: string, buffer: Buffer) =>
  page.getByTestId('file-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

/** Drops files onto the page as a person would, through a DragEvent. */
export async function dropFiles(page: Page, ...files: string[]): Promise<void> {
  const contents = files.map((file) => ({ name: path.basename(file), bytes: [...fs.readFileSync(file)] }));
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, bytes } of list) data.items.add(new File([Uint8Array.from(bytes)], name));
    return data;
  }, contents);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Drop a model file', { exact: true })).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** The accuracy that the page shows, 0 … 1. */
export async function shownAccuracy(page: Page): Promise<number> {
  const text = await page.getByTestId('accuracy').textContent();
  return Number.parseFloat(text ?? '') / 100;
}
