/**
 * Our readers against Netron's, on the same files in the same run: from bytes in memory to the list of operators and tensors.
 *
 *   METANET_NETRON=… npx tsx bench/parsers.ts [folder]      prints a table, writes bench/results/parsers.json
 *
 * METANET_NETRON names Netron's package: pip install --target there netron==9.3.3, then there/netron. The folder of models is
 * METANET_MODELS, or models/, if it is not named. Both run in plain Node, ours bundled as for the page.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'vite';

const ROOT = path.resolve(import.meta.dirname, '..');
const models = process.argv[2] ?? process.env.METANET_MODELS ?? path.join(ROOT, 'models');
const netron = process.env.METANET_NETRON;
if (!netron) throw new Error("METANET_NETRON does not name Netron's package; see the head of this file.");

interface Row {
  readonly name: string;
  readonly refused?: string;
  readonly oursMs?: number;
  readonly netronMs?: number;
  readonly ratio?: number;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parsers-'));
try {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: { ssr: path.join(ROOT, 'bench/parsers/measure.ts'), outDir: folder, emptyOutDir: true },
    ssr: { noExternal: true },
  });
  const script = path.join(folder, 'measure.js');
  const output = execFileSync(process.execPath, [script, netron, models], { maxBuffer: 2 ** 26 });
  const rows = JSON.parse(output.toString().split('\n').at(-2) ?? '[]') as Row[];
  for (const { name, refused, oursMs, netronMs, ratio } of rows) {
    console.log(`| ${name} | ${refused ?? `${oursMs} | ${netronMs} | ${ratio}`} |`);
  }
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${os.cpus().length} × ${os.cpus()[0].model.trim()}, Node ${process.version}`,
    rows,
  };
  fs.writeFileSync(path.join(ROOT, 'bench/results/parsers.json'), `${JSON.stringify(results, null, 2)}\n`);
} finally {
  fs.rmSync(folder, { recursive: true });
}
