/**
 * Panning over a million edges: this page against sigma.js and cosmos.gl, the same graph in the same browser. What counts is
 * the time between two frames while one drags. Theirs redraw every edge in every frame; ours moves a picture of the weights
 * and redraws it when the view rests (that time is told too).
 *
 *   npx tsx bench/drawing.ts [width]     after `vite build`; prints a table, writes bench/results/drawing-EDGES.json
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright';
import { createServer, preview } from 'vite';
import { launchOptions } from '../e2e/chromium.ts';
import { stateDict } from '../e2e/state-dict.ts';
import type { DrawingBench } from './drawing/main.ts';
import { median } from './measure.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Widths of the perceptron that is drawn: a million edges, or a tenth of that for rivals that cannot. */
const WIDTH = Number(process.argv[2] ?? 1000);
const SIZES = [WIDTH, WIDTH, 10];
const EDGES = WIDTH * WIDTH + 10 * WIDTH;
const STEPS = 12;

declare const bench: DrawingBench;

/** A multilayer perceptron of these widths as a safetensors file. */
function perceptron(sizes: readonly number[]): Buffer {
  const shapes = sizes.slice(1).map((size, layer) => [`fc${layer + 1}.weight`, [size, sizes[layer]]]);
  return stateDict(Object.fromEntries(shapes));
}

/** Drags across the middle of the page; milliseconds between frames meanwhile. */
async function frameTimes(page: Page): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(globalThis, { frameTimes: times });
    let last = performance.now();
    const tick = (now: number) => {
      times.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await page.mouse.move(500, 350);
  await page.mouse.down();
  await page.evaluate(() => {
    (globalThis as unknown as { frameTimes: number[] }).frameTimes.length = 0;
  });
  for (let step = 1; step <= STEPS; step++) {
    await page.mouse.move(500 + 3 * step, 350 + step);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  const times = await page.evaluate(() => (globalThis as unknown as { frameTimes: number[] }).frameTimes);
  await page.mouse.up();
  return times.slice(2);
}

/** Until no frame has been drawn for half a second, or twenty seconds have passed. */
async function untilRest(page: Page): Promise<number> {
  const start = Date.now();
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const end = performance.now() + 20_000;
        let quiet = 0;
        let last = performance.now();
        const tick = (now: number) => {
          quiet = now - last < 40 ? quiet + 1 : 0;
          last = now;
          if (quiet > 20 || now > end) resolve();
          else requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
      }),
  );
  return Date.now() - start;
}

const pages = await preview({ root: ROOT, preview: { port: 4724, strictPort: true } });
const rivals = await createServer({
  root: ROOT,
  logLevel: 'error',
  // cosmos.gl's meter, in the form that has a default export.
  resolve: { alias: { 'gl-bench': path.join(ROOT, 'node_modules/gl-bench/dist/gl-bench.module.js') } },
  optimizeDeps: { entries: ['bench/drawing/index.html'] },
  server: { port: 4725, hmr: false },
});
await rivals.listen();
// Without a graphics card: WebGL in software for the rivals, and canvases as Chromium draws them on such a machine.
const browser = await chromium.launch(
  launchOptions(process.env.METANET_BENCH_GPU ? [] : ['--enable-unsafe-swiftshader']),
);
/** A page for functions that tsx has compiled: it wraps named ones in a helper that the page does not have. */
async function openPage(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 } });
  await page.addInitScript('globalThis.__name = (wrapped) => wrapped');
  page.setDefaultTimeout(0);
  return page;
}
const results: Record<string, Record<string, number | string>> = {};
const record = (name: string, readyMs: number, times: readonly number[]) => {
  results[name] = {
    readyMs: Math.round(readyMs),
    frameMs: Number(median(times).toFixed(1)),
    worstMs: Math.round(Math.max(...times)),
  };
  console.log(name, JSON.stringify(results[name]));
};

const file = path.join(os.tmpdir(), 'perceptron.safetensors');
fs.writeFileSync(file, perceptron(SIZES));
const own = await openPage();
await own.goto('http://localhost:4724/');
await own.getByTestId('accuracy').waitFor();
let start = Date.now();
await own.getByTestId('file-input').setInputFiles(file);
await own.getByText(`of ${EDGES.toLocaleString('en')} parameters placed`).waitFor();
await own.getByTestId('accuracy').waitFor();
await untilRest(own);
record('this page, whole graph', Date.now() - start, await frameTimes(own));
start = Date.now();
await own.mouse.move(500, 350);
for (let turn = 0; turn < 10; turn++) await own.mouse.wheel(0, -200);
await untilRest(own);
record('this page, zoomed in', Date.now() - start, await frameTimes(own));
await own.close();

/** A rival that has not moved its picture by then is not waited for. */
const PATIENCE_MS = 150_000;

for (const name of ['cosmos', 'sigma'] as const) {
  const page = await openPage();
  await page.goto('http://localhost:4725/bench/drawing/index.html');
  await page.waitForFunction(() => 'bench' in globalThis);
  start = Date.now();
  const drawn = page
    .evaluate(([rival, sizes]) => bench[rival](sizes), [name, SIZES] as const)
    .then(() => untilRest(page))
    .then(async () => record(name, Date.now() - start, await frameTimes(page)))
    .then(() => true)
    .catch(() => false);
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS));
  if (!(await Promise.race([drawn, late]))) {
    results[name] = { note: `has not drawn and moved these edges within ${PATIENCE_MS / 1000} s` };
    console.log(name, results[name].note);
  }
  void page.close();
}
fs.writeFileSync(
  path.join(ROOT, `bench/results/drawing-${EDGES}.json`),
  `${JSON.stringify({ edges: EDGES, machine: `${os.cpus().length} × ${os.cpus()[0].model.trim()}, Chromium ${browser.version()}`, ...results }, null, 1)}\n`,
);
await rivals.close();
await pages.close();
// A page that is still busy with a rival would hold up a polite end.
process.exit(0);
