/**
 * The one harness of the fuzz tests: damaged files go the whole way that the page sends them, from the door to the edge
 * values of the graph, and either arrive or are refused with one clear sentence, in time, within memory and within the file.
 *
 *   METANET_FUZZ=20       twenty times as many files, with a line of progress now and then; the seed of the file that is
 *                         being opened stands in the temporary folder
 *   METANET_FUZZ_SEED=7   other files; a round is repeated by the seed that its failure names
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ByteSource, FormatError, openModel, readTensor, type StoredTensor } from '../formats';
import { startClock } from '../formats/testing';
import { buildGraph, type Random, readAllValues, seededRandom } from '../graph';
import { readNetwork, UnsupportedModelError } from '../network';

/** Makes damaged files, one or several that belong together. */
export type MakeMutant = (random: Random) => ByteSource[];

const TIMES = Number(process.env.METANET_FUZZ ?? 1);
const SEED = Number(process.env.METANET_FUZZ_SEED ?? 2026);

/** No file may keep the page waiting for longer, whatever it claims. Of the processor, which others use, too. */
const MAX_MS = 2000;
/** Of the process at its highest. What a file of some kilobytes asks for is far below; the tests' own code needs 300 MB. */
const MAX_RESIDENT_BYTES = 1.5 * 2 ** 30;
/** More is not read here, as the page reads a tensor only when it is looked at. */
const MAX_READ_ELEMENTS = 2 ** 15;
const MAX_FAILURES = 10;
const ROUNDS_PER_LINE = 20_000;

/** Throws for what a Blob would answer with fewer bytes: readers check ranges before they ask. */
function strict(source: ByteSource): ByteSource {
  return {
    ...source,
    async read(offset, length) {
      const isWithin = offset >= 0 && length >= 0 && offset + length <= source.byteLength;
      if (!isWithin || !Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) {
        throw new Error(`asks for ${length} bytes at ${offset} of a file of ${source.byteLength} bytes`);
      }
      return await source.read(offset, length);
    },
  };
}

async function readAll(tensors: Iterable<StoredTensor>): Promise<void> {
  let left = MAX_READ_ELEMENTS;
  for (const tensor of tensors) {
    left -= tensor.elementCount;
    if (left < 0) return;
    const values = await readTensor(tensor);
    if (values.length !== tensor.elementCount)
      throw new Error(`"${tensor.name}" has ${values.length} values`);
  }
}

/** Opens files as the page does. */
export async function openToGraph(sources: readonly ByteSource[]): Promise<void> {
  const model = await openModel(sources);
  await readAll(model.tensors.values());
  const graph = buildGraph(await readNetwork(model));
  if (graph.parameters.all < MAX_READ_ELEMENTS) await readAllValues(graph.blocks, graph.groups);
}

/** What went wrong, once for each place in the code: a bug is found by many mutants. */
class Failures {
  readonly #byPlace = new Map<string, string>();

  constructor(readonly name: string) {}

  add(seed: number, stack: string): void {
    const place = /^ *at .*$/m.exec(stack)?.[0] ?? stack;
    if (this.#byPlace.has(place)) return;
    this.#byPlace.set(place, `METANET_FUZZ_SEED=${seed}: ${stack}`);
    if (TIMES > 1) console.log(this.name, this.#byPlace.get(place));
    if (this.#byPlace.size >= MAX_FAILURES) this.throwIfAny();
  }

  throwIfAny(): void {
    if (this.#byPlace.size > 0) throw new Error([this.name, ...this.#byPlace.values()].join('\n\n'));
  }
}

/**
 * Makes `usual` mutants (times METANET_FUZZ) and uses each; returns the share that arrived. Throws, with seeds, where any
 * ended in anything but a FormatError or UnsupportedModelError, or took too long or too much.
 */
export async function surviveMutants(
  name: string,
  usual: number,
  make: MakeMutant,
  use: (sources: readonly ByteSource[]) => Promise<void> = openToGraph,
): Promise<number> {
  const count = usual * TIMES;
  const begun = performance.now();
  const failures = new Failures(name);
  const note = TIMES > 1 ? fs.openSync(path.join(os.tmpdir(), `metanet-fuzz ${name}`), 'w') : undefined;
  let [arrived, slowestMs] = [0, 0];
  for (let round = 0; round < count; round++) {
    const seed = SEED + round;
    // Outlives the process, where a mutant ends that or never ends.
    if (note !== undefined) fs.writeSync(note, `${seed}\n`, 0);
    const sources = make(seededRandom(seed)).map(strict);
    const elapsedMs = startClock();
    try {
      await use(sources);
      arrived++;
    } catch (error) {
      const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
      if (!isTyped) failures.add(seed, String((error as Error).stack));
    }
    const duration = elapsedMs();
    slowestMs = Math.max(slowestMs, duration);
    if (duration > MAX_MS) failures.add(seed, `${Math.round(duration)} ms`);
    if (TIMES > 1 && (round + 1) % ROUNDS_PER_LINE === 0) report(name, round + 1, arrived, slowestMs, begun);
  }
  if (TIMES > 1) report(name, count, arrived, slowestMs, begun);
  if (note !== undefined) fs.closeSync(note);
  failures.throwIfAny();
  if (residentPeak() > MAX_RESIDENT_BYTES) throw new Error(`${name}: ${residentPeak()} bytes of memory`);
  return arrived / count;
}

/** Of the whole process, since it began. */
const residentPeak = () => process.resourceUsage().maxRSS * 1024;

function report(name: string, rounds: number, arrived: number, slowestMs: number, begun: number): void {
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${name}: ${rounds} mutants in ${seconds.toFixed(0)} s, ${arrived} arrived, ` +
      `slowest ${slowestMs.toFixed(0)} ms, memory at most ${Math.round(residentPeak() / 1e6)} MB, seeds from ${SEED}`,
  );
}
