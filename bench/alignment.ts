/**
 * How fast a hidden permutation of neurons is found, and what two networks are found to be: the samples, a ResNet-20 and
 * a ResNet-50 of METANET_MODELS (the latter of constant weights, where every permutation is as good as another, and with
 * random weights), and two networks of one architecture that were trained apart.
 *
 *   METANET_MODELS=… npx tsx bench/alignment.ts
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AlignedModels, type ComparedModel, compareModels } from '../src/alignment';
import { memorySource, openModel } from '../src/formats';
import { buildGraph, permuteBlockValues, randomSymmetry, readAllValues, seededRandom } from '../src/graph';
import { readNetwork } from '../src/network';

const ROOT = path.resolve(import.meta.dirname, '..');
const MODELS = process.env.METANET_MODELS ?? path.join(ROOT, 'models');
const SAMPLES = path.join(ROOT, 'public/samples');
const RESULTS = path.join(ROOT, 'bench/results/alignment.json');

async function open(file: string): Promise<ComparedModel> {
  const source = memorySource(new Uint8Array(fs.readFileSync(file)), path.basename(file));
  const graph = buildGraph(await readNetwork(await openModel([source])));
  return { graph, values: await readAllValues(graph.blocks, graph.groups) };
}

function shuffled({ graph, values }: ComparedModel): ComparedModel {
  const permutation = randomSymmetry(graph, seededRandom(7));
  return {
    graph,
    values: graph.blocks.map((block, index) => permuteBlockValues(block, graph, permutation, values[index])),
  };
}

/** Rounded as half precision rounds: by 2^-11 of each value, one way or the other. */
const rounded = ({ graph, values }: ComparedModel): ComparedModel => ({
  graph,
  values: values.map((own) => own.map((value) => value * (1 + Math.sign(Math.sin(value * 1e6)) * 2 ** -11))),
});

function withRandomWeights({ graph, values }: ComparedModel): ComparedModel {
  const random = seededRandom(1);
  return { graph, values: values.map((own) => own.map(() => random() - 0.5)) };
}

function describe({ verdict }: AlignedModels): string {
  switch (verdict.kind) {
    case 'same':
      return `the same (${verdict.rounding})`;
    case 'sameExcept':
      return `the same but for ${verdict.tensors.length} tensors`;
    case 'different': {
      const { before, after, chance } = verdict.cosine;
      return `different: cosine ${before.toFixed(3)}, aligned ${after.toFixed(3)}, by chance ${chance.toFixed(3)}`;
    }
    default:
      return verdict satisfies never;
  }
}

const rows: Record<string, string | number>[] = [];

async function compare(name: string, first: ComparedModel, second: ComparedModel): Promise<void> {
  const [start, busy] = [performance.now(), process.cpuUsage()];
  const result = await compareModels(first, second);
  if (result.kind !== 'aligned') throw new Error(`${name}: the models are of different architectures`);
  rows.push({
    ...{
      name,
      parameters: first.graph.parameters.placed,
      foundBy: result.foundBy,
      verdict: describe(result),
    },
    seconds: Number(((performance.now() - start) / 1000).toFixed(2)),
    processorSeconds: Number((process.cpuUsage(busy).user / 1e6).toFixed(2)),
  });
  console.log(name);
}

const files = [
  ...fs.readdirSync(SAMPLES).flatMap((name) => (name.endsWith('.onnx') ? [path.join(SAMPLES, name)] : [])),
  path.join(MODELS, 'resnet20-cifar10.pth'),
];
for (const file of files.filter((candidate) => fs.existsSync(candidate))) {
  const model = await open(file);
  await compare(`${path.basename(file)}, in another order`, model, shuffled(model));
  await compare(`${path.basename(file)}, in another order and rounded`, model, rounded(shuffled(model)));
}
const seeds = [0, 1].map((seed) => path.join(ROOT, `training/fixtures/alignment/seed-${seed}.safetensors`));
await compare('an MLP trained from two seeds', await open(seeds[0]), await open(seeds[1]));
const resnet50 = path.join(MODELS, 'resnet50-light.caffe2-opset9.onnx');
if (fs.existsSync(resnet50)) {
  const model = await open(resnet50);
  await compare('ResNet-50 of constant weights, in another order', model, shuffled(model));
  const random = withRandomWeights(model);
  await compare('ResNet-50 of random weights, in another order', random, shuffled(random));
}
console.table(rows);
const machine = `${os.cpus().length} × ${os.cpus()[0].model.trim()}`;
const date = new Date().toISOString().slice(0, 10);
fs.writeFileSync(RESULTS, `${JSON.stringify({ machine, date, rows }, null, 2)}\n`);
