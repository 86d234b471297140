/** Runs in plain Node, bundled: opens every file in turns with our readers and with Netron's, and prints the times as JSON. */
import fs from 'node:fs';
import path from 'node:path';
import { memorySource, openModel } from '../../src/formats/index.ts';
import { modelsIn } from '../files.ts';
import { median } from '../measure.ts';
import { type Counts, netronOpener } from './netron.ts';
import { largeDescriptions } from './samples.ts';

const [netronFolder, modelFolder] = process.argv.slice(2);
const REPEATS = 25;

type Files = readonly { name: string; bytes: Uint8Array }[];
type Open = (files: Files) => Promise<Counts>;

const copyOf = (files: Files): Files => files.map(({ name, bytes }) => ({ name, bytes: bytes.slice() }));

async function openHere(files: Files): Promise<Counts> {
  const model = await openModel(files.map(({ name, bytes }) => memorySource(bytes, name)));
  return { operators: model.program?.operators.length ?? 0, tensors: model.tensors.size };
}

/**
 * Milliseconds of the processor, on all threads: the collector's work counts, and what else the machine does does not. Of a
 * copy of the files, since Netron decodes some of its tensors in place.
 */
async function time(open: Open, given: Files): Promise<number> {
  const files = copyOf(given);
  const start = process.cpuUsage();
  await open(files);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const round = (ms: number) => Math.round(ms * 100) / 100;

async function compare(name: string, files: Files, openThere: Open) {
  const counts: { ours?: Counts; netron?: Counts } = {};
  try {
    counts.ours = await openHere(files);
    counts.netron = await openThere(copyOf(files));
  } catch (error) {
    return { name, refused: `${counts.ours ? 'Netron' : 'ours'}: ${(error as Error).message.slice(0, 100)}` };
  }
  const [ours, netron]: [number[], number[]] = [[], []];
  for (let run = 0; run < REPEATS; run++) {
    ours.push(await time(openHere, files));
    netron.push(await time(openThere, files));
  }
  const [oursMs, netronMs] = [median(ours), median(netron)];
  return { name, oursMs: round(oursMs), netronMs: round(netronMs), ratio: round(oursMs / netronMs), counts };
}

const openThere = await netronOpener(netronFolder);
const read = (file: string) => ({ name: path.basename(file), bytes: new Uint8Array(fs.readFileSync(file)) });
const models = modelsIn(modelFolder).map(({ name, files }) => ({ name, files: files.map(read) }));
const results = [];
for (const { name, files } of [...models, ...largeDescriptions()]) {
  results.push(await compare(name, files, openThere));
}
console.log(JSON.stringify(results));
