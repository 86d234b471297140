/**
 * Plays the guided demos in a real browser, slowly enough to follow where there is a screen, and records them: pictures and films
 * for the README.
 *
 *   npm run demo [name …]      all, if none is named
 */
import fs from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright';
import { preview } from 'vite';
import { launchOptions, WEBGPU_FLAGS } from '../chromium.ts';
import { DEMOS, type Demo } from './demos.ts';
import { Film } from './film.ts';
import { Stage } from './stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PICTURES = path.join(ROOT, 'e2e/pictures');
const PORT = 4619;
const SIZE = { width: 1400, height: 860 };
const PAUSE_MS = 1600;

const hasScreen = process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
/** With a screen, the machine's own GPU; without, software WebGPU. */
const flags = hasScreen ? [] : WEBGPU_FLAGS;

async function record(browser: Browser, origin: string, { name, title, play }: Demo): Promise<void> {
  console.log(title);
  const context = await browser.newContext({ viewport: SIZE, colorScheme: 'dark' });
  const page = await context.newPage();
  const stage = new Stage(page, origin, PAUSE_MS);
  const film = await Film.start(page);
  await play(stage);
  await film.save(path.join(PICTURES, `${name}.webm`));
  await context.close();
}

/** The page on a telephone: a picture, and no film. */
async function takeNarrow(browser: Browser, origin: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 420, height: 860 }, colorScheme: 'light' });
  const stage = new Stage(page, origin, PAUSE_MS);
  await stage.open();
  await stage.picture('narrow');
  await page.close();
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !DEMOS.some((demo) => demo.name === name));
if (unknown) {
  console.error(`There is no demo "${unknown}". There are: ${DEMOS.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
fs.mkdirSync(PICTURES, { recursive: true });
const server = await preview({ root: ROOT, preview: { port: PORT, strictPort: true } });
const browser = await chromium.launch({ ...launchOptions(flags), headless: !hasScreen });
const origin = `http://localhost:${PORT}`;
try {
  for (const demo of DEMOS) {
    if (names.length === 0 || names.includes(demo.name)) await record(browser, origin, demo);
  }
  if (names.length === 0) await takeNarrow(browser, origin);
} finally {
  await browser.close();
  await server.close();
}
