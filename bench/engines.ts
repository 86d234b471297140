/**
 * This engine against what else runs a GMN in a browser, interleaved in one page: onnxruntime-web (WebGPU, WASM) with three
 * exports, and jax-js (WebGPU, WASM) with two algebras; and PyTorch on one thread beside the page, where METANET_PYTHON (or
 * python3) has it. Outputs are compared before anything is timed.
 *
 *   npx tsx bench/engines.ts [graph …]      graphs: cifar10 sample, 100k, resnet18 (all if none is named)
 *
 * Only ratios taken in the same run mean anything; the results name the machine. WebGPU runs in software unless
 * METANET_BENCH_GPU is set.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { launchOptions } from '../e2e/chromium.ts';
import type { Bench } from './engines/main.ts';
import { hasTorch, startTorch } from './engines/torch-engine.ts';
import { median } from './measure.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const RESULTS = path.join(ROOT, 'bench/results/engines.json');
const SAME_NUMBERS = 1e-5;
/** A peer that takes longer than this for one run is timed once, and not asked for the next graph, ten times as large. */
const PATIENCE_MS = 15_000;
const REPEATS = { sample: 9, '100k': 5, resnet18: 3 } as const;

declare const bench: Bench;

interface Row {
  name: string;
  prepareMs?: number;
  firstMs?: number;
  difference?: number;
  times: number[];
  note?: string;
}

const samples = JSON.parse(fs.readFileSync(path.join(ROOT, 'public/samples/index.json'), 'utf8')) as {
  file: string;
}[];
const wanted = process.argv.slice(2);
const graphs = (Object.keys(REPEATS) as (keyof typeof REPEATS)[]).filter(
  (graph) => wanted.length === 0 || wanted.includes(graph),
);

const server = await createServer({
  root: ROOT,
  optimizeDeps: { entries: ['bench/engines/index.html'], exclude: ['onnxruntime-web', '@jax-js/jax'] },
  server: {
    port: 4720,
    hmr: false,
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
});
await server.listen();
const browser = await chromium.launch(launchOptions(process.env.METANET_BENCH_GPU ? [] : undefined));
const page = await browser.newPage();
page.setDefaultTimeout(0);
page.on('pageerror', (error) => console.error(error.message));
await page.goto('http://localhost:4720/bench/engines/index.html');
await page.waitForFunction(() => 'bench' in globalThis);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'metanet-bench-'));
const tooSlow = new Set<string>();
const results: Record<string, unknown> = fs.existsSync(RESULTS)
  ? JSON.parse(fs.readFileSync(RESULTS, 'utf8'))
  : {};
for (const graph of graphs) {
  const size = await page.evaluate((name) => bench.load(name), graph === 'sample' ? samples[0].file : graph);
  console.log(`\n${graph}: ${size.nodeCount} nodes, ${size.pairCount} pairs, ${size.edgeCount} edges`);
  const rows: Row[] = [];
  for (const name of await page.evaluate(() => bench.names)) {
    const row: Row = { name, times: [] };
    rows.push(row);
    if (tooSlow.has(name)) {
      row.note = 'not asked: too slow on the graph before';
      continue;
    }
    try {
      Object.assign(row, await page.evaluate((runner) => bench.prepare(runner), name));
      if ((row.difference ?? 1) > SAME_NUMBERS)
        row.note = `wrong: differs by ${row.difference?.toExponential(1)}`;
    } catch (error) {
      row.note = `failed: ${String(error instanceof Error ? error.message : error)
        .split('\n')[0]
        .slice(0, 160)}`;
    }
    console.log(
      `  ${name}: ready ${row.prepareMs?.toFixed(0)} ms, first ${row.firstMs?.toFixed(0)} ms ${row.note ?? ''}`,
    );
    if ((row.firstMs ?? 0) > PATIENCE_MS) {
      tooSlow.add(name);
      row.times.push(row.firstMs ?? 0);
      await page.evaluate((runner) => bench.close(runner), name);
    }
  }
  const torch = hasTorch()
    ? await startTorch(graph === 'sample' ? samples[0].file : graph, folder)
    : undefined;
  const torchRow: Row = { name: 'PyTorch, 1 thread, pyg', times: [] };
  if (torch) {
    const first = await torch.run();
    torchRow.firstMs = first.milliseconds;
    torchRow.difference = await page.evaluate((outputs) => bench.difference(outputs), first.outputs);
    console.log(`  ${torchRow.name}: first ${torchRow.firstMs.toFixed(0)} ms`);
    rows.push(torchRow);
  }
  const timed = rows.filter(({ note, times }) => !note && times.length === 0);
  for (let repeat = 0; repeat < REPEATS[graph]; repeat++) {
    for (const row of timed) {
      const isTorch = torch && row === torchRow;
      row.times.push(
        isTorch
          ? (await torch.run()).milliseconds
          : await page.evaluate((name) => bench.time(name), row.name),
      );
    }
  }
  torch?.close();
  results[graph] = {
    ...size,
    rows: rows.map((row) => ({ ...row, medianMs: median(row.times), times: undefined })),
    ratios: ratios(rows),
  };
}

/** Peer's time over ours in the same repeat, median. */
function ratios(rows: readonly Row[]): Record<string, Record<string, number>> {
  const table: Record<string, Record<string, number>> = {};
  for (const own of rows.filter(({ name, times }) => name.startsWith('this') && times.length > 0)) {
    table[own.name] = {};
    for (const peer of rows) {
      if (peer === own || peer.times.length === 0 || peer.note) continue;
      const ratio = median(peer.times.map((time, repeat) => time / (own.times[repeat] ?? median(own.times))));
      table[own.name][peer.name] = Number(ratio.toPrecision(3));
    }
  }
  return table;
}

results.machine = `${os.cpus().length} × ${os.cpus()[0].model.trim()}, Chromium ${browser.version()}`;
results.date = new Date().toISOString().slice(0, 10);
fs.writeFileSync(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
for (const graph of graphs) {
  console.log(`\n${graph}`);
  const { ratios: table, rows } = results[graph] as {
    ratios: ReturnType<typeof ratios>;
    rows: (Row & { medianMs: number })[];
  };
  console.table(
    rows.map(({ name, medianMs, difference, note }) => ({
      engine: name,
      ms: medianMs === undefined ? '' : Number(medianMs.toPrecision(3)),
      '× our GPU': table['this engine, GPU']?.[name] ?? '',
      '× our WASM': table['this engine, WASM, 1 thread']?.[name] ?? '',
      difference: difference?.toExponential(1) ?? '',
      note: note ?? '',
    })),
  );
}
await browser.close();
await server.close();
