/**
 * Every sample and every model file of a folder under random symmetries, and under shuffles that are none: how far the page's GMN
 * and the network's own outputs (ONNX Runtime Web, on one random input) move.
 *
 *   npx vite build --ssr bench/symmetries.ts --outDir work/bench && node work/bench/symmetries.js [folder] [count] [seconds per model]
 *
 * The folder is METANET_MODELS if it is not named, the count 100. Writes bench/results/symmetries.json, one model after the other;
 * models that are in it already, with as many symmetries, are skipped. A model that takes longer than the seconds is left with
 * those that were done.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EditedNetwork, freedoms } from '../src/edits';
import { OwnThread } from '../src/engine';
import { type ModelFile, memorySource, openModel } from '../src/formats';
import { writeOnnx } from '../src/formats/onnx/write-model';
import { buildGraph, isCarrier, readAllValues } from '../src/graph';
import { readCheckpoint } from '../src/metanets/checkpoint';
import { type Network, readNetwork } from '../src/network';
import { fileSource } from '../src/robustness/file-source';
import { AccuracyPredictor } from '../src/tasks';
import { NetworkRunner, type NetworkValue } from '../src/workers/network-runner';
import { randomInputs } from '../src/workers/network-runner-inputs';
import { outputDifference } from '../src/workers/output-difference';
import { modelsIn } from './files';

const RESULTS = 'bench/results/symmetries.json';
const [folder = process.env.METANET_MODELS ?? 'models', count = '100', seconds = '1200'] =
  process.argv.slice(2);
const OPTIONS = { budgetBytes: Number.POSITIVE_INFINITY };

interface Movement {
  /** Largest change of the predicted accuracy, 0 … 1; absent where nothing is predicted. */
  readonly prediction?: number;
  /** Largest change of the outputs, relative to the largest of them; absent where the network cannot be run. */
  readonly outputs?: number;
}

interface Result {
  readonly parameters: number;
  readonly symmetries: number;
  readonly symmetric: Movement;
  /** Of shuffles of one side of a group, of each group once: the smallest movement, and the groups that were shuffled. */
  readonly wrong: Movement & { readonly groups: number };
  readonly notPredicted?: string;
  readonly notRun?: string;
}

const bytesOf = (name: string) => new Uint8Array(fs.readFileSync(name));
const checkpoint = await readCheckpoint(
  await openModel([
    memorySource(bytesOf('public/checkpoints/varying-cnns/gmn.safetensors'), 'gmn.safetensors'),
  ]),
);
const predictor = new AccuracyPredictor(checkpoint, { kind: 'cpu', threads: [new OwnThread()] });
const runner = new NetworkRunner();

class Subject {
  readonly edited: EditedNetwork;
  notPredicted: string | undefined;
  notRun: string | undefined;

  constructor(
    readonly file: ModelFile,
    readonly network: Network,
  ) {
    this.edited = new EditedNetwork({ fileName: file.fileName, network, graph: buildGraph(network) });
  }

  async predict(): Promise<number | undefined> {
    if (this.notPredicted !== undefined) return undefined;
    const { graph } = this.edited;
    const values = await readAllValues(graph.blocks, graph.groups, (tensor) => this.edited.read(tensor));
    try {
      return (await predictor.predict(graph, values, OPTIONS)).accuracy;
    } catch (error) {
      this.notPredicted = (error as Error).message;
      return undefined;
    }
  }

  async run(): Promise<readonly NetworkValue[] | undefined> {
    if (this.notRun !== undefined) return undefined;
    try {
      await runner.load(await writeOnnx(this.file, this.network, this.edited.elements), this.file.fileName);
      return (await runner.run(randomInputs(this.network, 1))).outputs;
    } catch (error) {
      this.notRun = (error as Error).message;
      return undefined;
    }
  }
}

async function measure(file: ModelFile): Promise<Result> {
  const network = await readNetwork(file);
  const subject = new Subject(file, network);
  const { edited } = subject;
  const [predicted, outputs] = [await subject.predict(), await subject.run()];
  const move = async (): Promise<Movement> => {
    const [now, run] = [await subject.predict(), await subject.run()];
    return {
      ...(predicted !== undefined && now !== undefined && { prediction: Math.abs(now - predicted) }),
      ...(outputs && run && { outputs: outputDifference(outputs, run) }),
    };
  };
  const start = performance.now();
  const symmetric: Movement[] = [];
  for (let seed = 1; seed <= Number(count); seed++) {
    if (performance.now() - start > 1000 * Number(seconds)) break;
    try {
      await edited.apply({ kind: 'permute', seed });
    } catch {
      break; // it has no neurons that can change places
    }
    symmetric.push(await move());
    await edited.undo();
  }
  const wrong: Movement[] = [];
  for (const { group, permute } of freedoms(network, edited.graph)) {
    // Carriers are no neurons, and often hold the same number several times: gammas of 1.
    if (!permute.isAllowed || isCarrier(edited.graph.groups[group].kind)) continue;
    if (performance.now() - start > 1500 * Number(seconds)) break;
    await edited.apply({ kind: 'permute-one-side', seed: 1, group });
    wrong.push(await move());
    await edited.undo();
  }
  const { notPredicted, notRun } = subject;
  return {
    parameters: edited.graph.parameters.all,
    symmetries: symmetric.length,
    symmetric: overall(Math.max, symmetric),
    wrong: { ...overall(Math.min, wrong), groups: wrong.length },
    ...(notPredicted !== undefined && { notPredicted }),
    ...(notRun !== undefined && { notRun }),
  };
}

function overall(choose: (...values: number[]) => number, movements: readonly Movement[]): Movement {
  const of = (name: keyof Movement) => movements.flatMap((movement) => movement[name] ?? []);
  const [predictions, outputs] = [of('prediction'), of('outputs')];
  return {
    ...(predictions.length > 0 && { prediction: choose(...predictions) }),
    ...(outputs.length > 0 && { outputs: choose(...outputs) }),
  };
}

const known: Record<string, Result> = fs.existsSync(RESULTS)
  ? JSON.parse(fs.readFileSync(RESULTS, 'utf8'))
  : {};
const results = new Map(Object.entries(known));
const samples = (JSON.parse(fs.readFileSync('public/samples/index.json', 'utf8')) as { file: string }[]).map(
  ({ file }) => ({ name: `samples/${file}`, files: [path.join('public/samples', file)] }),
);
const models = [...samples, ...(fs.existsSync(folder) ? modelsIn(folder) : [])];
for (const { name, files } of models) {
  if (results.has(name)) continue;
  try {
    const result = await measure(await openModel(await Promise.all(files.map((file) => fileSource(file)))));
    results.set(name, result);
    console.log(name, JSON.stringify(result));
    fs.writeFileSync(RESULTS, `${JSON.stringify(Object.fromEntries(results), undefined, 2)}\n`);
  } catch (error) {
    console.log(name, (error as Error).message);
  }
}
