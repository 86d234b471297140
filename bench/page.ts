/**
 * How fast the page is, in a real browser: time from a file to a picture, longest freeze, memory over fifty models, a folder of a
 * thousand networks ranked, size.
 *
 *   npm run bench              prints a table, writes bench/results/page.json
 *
 * Times depend on the machine, which the results name; WebGPU runs in software unless METANET_BENCH_GPU is set.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { launchOptions } from '../e2e/chromium.ts';
import { stateDict } from '../e2e/state-dict.ts';
import { memorySource, openModel, storedBytes } from '../src/formats/index.ts';
import { median } from './measure.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const DIST = path.join(ROOT, 'dist');
const REAL_MODELS = process.env.METANET_MODELS ?? path.join(ROOT, 'models');
const REPEATS = 5;
const MODELS_IN_A_ROW = 50;
const RANKED = 1000;
const LONGEST_RANKING_MS = 180_000;

/** A state dict of convolutions, about ten megabytes of float32. */
function tenMegabytes(): Buffer {
  const widths = [3, 64, 128, 256, 512, 200];
  const shapes = widths
    .slice(1)
    .map((width, index) => [`conv${index + 1}.weight`, [width, widths[index], 3, 3]]);
  return stateDict(Object.fromEntries(shapes));
}

interface Opening {
  readonly noticeMs: number;
  readonly readMs: number;
  readonly drawnMs: number;
  readonly completeMs: number;
  readonly longestTaskMs: number;
}

/** Opens one file in a fresh page and reads the page's own marks. */
async function timeOpening(browser: Browser, url: string, file: string): Promise<Opening> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.getByTestId('accuracy').waitFor();
  // The metanets of the network's zoo have answered, and it is drawn.
  await page.locator('.opinions[aria-busy="false"]').waitFor();
  await page.locator('[data-testid="graph"][aria-busy="false"]').waitFor();
  await page.evaluate(() => {
    performance.clearMarks();
    const seen = { longest: 0, notice: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: 'longtask' });
    new MutationObserver(() => {
      if (!seen.notice && document.querySelector('.notice'))
        requestAnimationFrame(() => (seen.notice = performance.now()));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.getByTestId('file-input').setInputFiles(file);
  await page.waitForFunction(() => performance.getEntriesByName('open: complete').length > 0, undefined, {
    timeout: 120_000,
  });
  // Only plain data crosses from the page: functions with names would not survive the transpiler.
  const { marks, seen } = await page.evaluate(() => ({
    marks: performance.getEntriesByType('mark').map(({ name, startTime }) => ({ name, startTime })),
    seen: (globalThis as unknown as { seen: { longest: number; notice: number } }).seen,
  }));
  const at = (name: string) => marks.find((mark) => mark.name === name)?.startTime ?? Number.NaN;
  const asked = at('open: asked');
  const result = {
    noticeMs: seen.notice - asked,
    readMs: at('open: read') - asked,
    drawnMs: at('open: drawn') - asked,
    completeMs: at('open: complete') - asked,
    longestTaskMs: seen.longest,
  };
  await page.close();
  return result;
}

async function medianOpening(browser: Browser, url: string, file: string): Promise<Opening> {
  const runs: Opening[] = [];
  for (let run = 0; run < REPEATS; run++) runs.push(await timeOpening(browser, url, file));
  const keys = Object.keys(runs[0]) as (keyof Opening)[];
  return Object.fromEntries(
    keys.map((key) => [key, Math.round(median(runs.map((run) => run[key])))]),
  ) as unknown as Opening;
}

/** Resident memory of all the browser's processes, in MB (Linux). */
async function residentMegabytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pages = processInfo.map(({ id }) =>
    Number(fs.readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1]),
  );
  return Math.round((pages.reduce((total, count) => total + count, 0) * 4096) / 1e6);
}

async function openOne(page: Page, file: string): Promise<void> {
  await page.getByTestId('file-input').setInputFiles(file);
  await page.getByRole('heading', { level: 1, name: path.basename(file), exact: true }).waitFor();
  await page.getByTestId('accuracy').waitFor();
}

/** Opens and judges many models in one page; memory after the first ten and at the end. */
async function memoryOverModels(
  browser: Browser,
  url: string,
): Promise<{ afterTenMB: number; afterAllMB: number }> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByTestId('accuracy').waitFor();
  const samples = fs.readdirSync(path.join(ROOT, 'public/samples')).filter((name) => name.endsWith('.onnx'));
  const collect = async () => {
    await page.requestGC();
    await page.waitForTimeout(3000);
    return await residentMegabytes(browser);
  };
  let afterTenMB = 0;
  for (let index = 0; index < MODELS_IN_A_ROW; index++) {
    await openOne(page, path.join(ROOT, 'public/samples', samples[index % samples.length]));
    if (index === 9) afterTenMB = await collect();
  }
  const afterAllMB = await collect();
  await page.close();
  return { afterTenMB, afterAllMB };
}

/** A folder of so many networks of all zoos, in turn: those that come with the page. */
async function folderOfNetworks(count: number): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'networks-'));
  const zoos: { id: string }[] = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'public/zoo/index.json'), 'utf8'),
  );
  const packs = await Promise.all(
    zoos.map(async ({ id }) => {
      const name = path.join(ROOT, `public/zoo/${id}.safetensors`);
      return [...(await openModel([memorySource(fs.readFileSync(name), name)])).tensors];
    }),
  );
  for (let index = 0; index < count; index++) {
    const [name, file] = packs[index % packs.length][Math.floor(index / packs.length)];
    fs.writeFileSync(path.join(folder, name), await storedBytes(file));
  }
  return folder;
}

/** Ranks a thousand networks, each by the GMN of the zoo that it resembles; memory when a quarter is done and at the end. */
async function ranking(
  browser: Browser,
  url: string,
): Promise<{ networks: number; seconds: number; afterQuarterMB: number; afterAllMB: number }> {
  const page = await browser.newPage();
  await page.goto(`${url}#zoo`);
  await page.getByRole('button', { name: 'Your networks' }).click();
  const ranked = async (least: number) => {
    // The table's head is a row, too.
    await page.waitForFunction(
      (rows) => Number(document.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')) >= rows,
      least + 1,
      { timeout: LONGEST_RANKING_MS },
    );
    return await residentMegabytes(browser);
  };
  const folder = await folderOfNetworks(RANKED);
  const startedAt = performance.now();
  await page.getByLabel('Folder of networks').setInputFiles(folder);
  const afterQuarterMB = await ranked(RANKED / 4);
  const afterAllMB = await ranked(RANKED);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  await page.close();
  fs.rmSync(folder, { recursive: true });
  return { networks: RANKED, seconds, afterQuarterMB, afterAllMB };
}

/**
 * Everything of our own that a first visit fetches until all metanets have judged its sample, after gzip; without the sample and
 * the metanets' weights.
 */
async function firstLoadKilobytes(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  const files = new Set<string>();
  page.context().on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.url().startsWith(url)) files.add(pathname === '/' ? '/index.html' : pathname);
  });
  await page.goto(url);
  await page.locator('.opinions[aria-busy="false"]').waitFor();
  await page.close();
  const counted = [...files].filter((name) => !/\.(onnx|safetensors)$/.test(name));
  return (
    counted.reduce((total, name) => total + gzipSync(fs.readFileSync(path.join(DIST, name))).length, 0) / 1000
  );
}

const server = await preview({ root: ROOT, preview: { port: 4718, strictPort: true } });
const url = 'http://localhost:4718/';
const browser = await chromium.launch(launchOptions(process.env.METANET_BENCH_GPU ? [] : undefined));

const large = path.join(os.tmpdir(), 'ten-megabytes.safetensors');
fs.writeFileSync(large, tenMegabytes());
const resnet = path.join(REAL_MODELS, 'resnet50-light.caffe2-opset9.onnx');
const results = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${os.cpus().length} × ${os.cpus()[0].model.trim()}, ${browser.version()}`,
  firstLoadKB: Math.round((await firstLoadKilobytes(browser, url)) * 10) / 10,
  tenMegabytes: { fileMB: fs.statSync(large).size / 1e6, ...(await medianOpening(browser, url, large)) },
  resnet50: fs.existsSync(resnet) ? await medianOpening(browser, url, resnet) : 'needs METANET_MODELS',
  memory: await memoryOverModels(browser, url),
  ranking: await ranking(browser, url),
};
console.log(JSON.stringify(results, null, 2));
fs.writeFileSync(path.join(ROOT, 'bench/results/page.json'), `${JSON.stringify(results, null, 2)}\n`);
await browser.close();
await server.close();
