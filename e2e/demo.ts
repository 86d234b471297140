/**
 * Plays the main story in a browser, slowly enough to follow where there is a screen, and refreshes the README's pictures.
 *
 *   npm run demo
 */
import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { launchOptions, WEBGPU_FLAGS } from './chromium.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PICTURES = path.join(import.meta.dirname, 'pictures');
const PORT = 4619;

const hasScreen = process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
/** With a screen, the machine's own GPU and time to watch; without, software WebGPU and no waiting. */
const flags = hasScreen ? [] : WEBGPU_FLAGS;
const pauseMs = hasScreen ? 1400 : 500;

async function scene(
  page: Page,
  words: string,
  act: () => Promise<unknown>,
  picture?: string,
): Promise<void> {
  console.log(words);
  await act();
  // Lines are painted in slices: no picture of half of them.
  await page.locator('[data-testid="graph"]:not([aria-busy="true"])').waitFor({ state: 'attached' });
  await page.waitForTimeout(pauseMs);
  if (picture) await page.screenshot({ path: path.join(PICTURES, `${picture}.png`) });
}

fs.mkdirSync(PICTURES, { recursive: true });
const server = await preview({ root: ROOT, preview: { port: PORT, strictPort: true } });
const browser = await chromium.launch({ ...launchOptions(flags), headless: !hasScreen });
const page = await browser.newPage({ viewport: { width: 1400, height: 860 }, colorScheme: 'dark' });
const judged = () => page.getByTestId('accuracy').waitFor();
const layers = page.getByRole('complementary', { name: 'Layers' });
const graph = page.getByRole('application');

await scene(
  page,
  'The page opens with a sample: its graph, and its accuracy read from the weights alone.',
  async () => {
    await page.goto(`http://localhost:${PORT}/`);
    await judged();
    await page.waitForTimeout(1000);
  },
  'dark',
);
await scene(page, 'A layer: its weights as a picture, their histogram, their statistics.', () =>
  layers
    .getByRole('button', { name: /convolution/ })
    .nth(1)
    .click(),
);
await scene(
  page,
  'A neuron: every kernel that feeds it, every one that it feeds.',
  async () => {
    await graph.focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
  },
  'neuron',
);
await scene(
  page,
  'Another network of the zoo, and the light theme.',
  async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Switch to light' }).click();
    await page.getByRole('button', { name: 'Samples' }).click();
    await page
      .getByRole('listitem')
      .getByRole('button', { name: /transformer/i })
      .click();
    await page.getByText('Unlike anything in the zoo').waitFor();
    await page.waitForTimeout(800);
  },
  'light',
);
await scene(
  page,
  'The zoo: what metanets say of networks that they never saw, against the truth.',
  async () => {
    await page.getByRole('button', { name: 'Switch to dark' }).click();
    await page.getByRole('button', { name: 'Zoo', exact: true }).click();
    await page.getByTestId('figures').waitFor();
    await page.waitForTimeout(800);
  },
  'zoo',
);
await scene(
  page,
  'On a telephone.',
  async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Switch to light' }).click();
    await page.setViewportSize({ width: 420, height: 860 });
    await page.getByRole('button', { name: 'Samples' }).click();
    await page.getByRole('listitem').getByRole('button').first().click();
    await judged();
    await page.waitForTimeout(1200);
  },
  'narrow',
);
await browser.close();
await server.close();
