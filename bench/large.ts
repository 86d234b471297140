/**
 * How long files of five gigabytes take until their layers are known: here, and (safetensors) in the built page.
 *
 *   npm run bench              prints them, writes bench/results/large.json
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright';
import { preview } from 'vite';
import { launchOptions } from '../e2e/chromium.ts';
import { openModel } from '../src/formats/index.ts';
import { buildGraph } from '../src/graph/index.ts';
import { readNetwork } from '../src/network/index.ts';
import { fileSource } from '../src/robustness/file-source.ts';
import { LARGE_FORMATS, WEIGHT_BYTES, withLargeModel } from '../src/robustness/large-files.ts';
import { median } from './measure.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const REPEATS = 5;

async function timeHere(files: readonly string[]) {
  const tally = { bytesRead: 0 };
  const start = performance.now();
  buildGraph(
    await readNetwork(await openModel(await Promise.all(files.map((file) => fileSource(file, tally))))),
  );
  return { ms: performance.now() - start, kilobytesRead: tally.bytesRead / 1000 };
}

/** Milliseconds from the choice of the file until its layers are known, and until they are drawn, by the page's own marks. */
async function timeInPage(files: readonly string[]) {
  const server = await preview({ root: ROOT, preview: { port: 4719, strictPort: true } });
  const browser = await chromium.launch(launchOptions());
  const page = await browser.newPage();
  await page.goto('http://localhost:4719/');
  await page.getByTestId('accuracy').waitFor();
  await page.evaluate(() => performance.clearMarks());
  await page.getByTestId('file-input').setInputFiles([...files]);
  await page.waitForFunction(() => performance.getEntriesByName('open: drawn').length > 0);
  const marks = await page.evaluate(() =>
    performance.getEntriesByType('mark').map(({ name, startTime }) => ({ name, startTime })),
  );
  await browser.close();
  await server.close();
  const at = (mark: string) => marks.find(({ name }) => name === mark)?.startTime ?? Number.NaN;
  const asked = at('open: asked');
  return { layersMs: Math.round(at('open: read') - asked), drawnMs: Math.round(at('open: drawn') - asked) };
}

const round = (value: number) => Math.round(value * 10) / 10;
const results = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${os.cpus().length} × ${os.cpus()[0].model.trim()}`,
  gigabytes: round(WEIGHT_BYTES / 1e9),
  formats: {} as Record<string, { ms: number; kilobytesRead: number }>,
  page: { layersMs: 0, drawnMs: 0 },
};
for (const format of LARGE_FORMATS) {
  results.formats[format] = await withLargeModel(format, async (files) => {
    const runs = [];
    for (let run = 0; run < REPEATS; run++) runs.push(await timeHere(files));
    return { ms: round(median(runs.map(({ ms }) => ms))), kilobytesRead: round(runs[0].kilobytesRead) };
  });
}
results.page = await withLargeModel('safetensors', timeInPage);
console.log(JSON.stringify(results, null, 2));
fs.writeFileSync(path.join(ROOT, 'bench/results/large.json'), `${JSON.stringify(results, null, 2)}\n`);
