/**
 * What becomes of the model files in a folder: a Markdown table with a line for each.
 *
 *   npm run corpus [folder]      the folder is METANET_MODELS, or models/, if it is not named
 *
 * Files that belong together (external data, shards, a description and its weights, config.json) are opened together.
 * Times are those of this machine, to the graph, of a file that was opened once before.
 */
import path from 'node:path';
import { FormatError, openModel } from '../src/formats/index.ts';
import { buildGraph } from '../src/graph/index.ts';
import { readNetwork, UnsupportedModelError } from '../src/network/index.ts';
import { fileSource } from '../src/robustness/file-source.ts';
import { type Model, modelsIn } from './files.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const folder = process.argv[2] ?? process.env.METANET_MODELS ?? path.join(ROOT, 'models');

interface Opened {
  readonly format: string;
  readonly family: string;
  readonly parameters: string;
  readonly structure: string;
}

async function open({ files }: Model): Promise<Opened> {
  const model = await openModel(await Promise.all(files.map((file) => fileSource(file))));
  const network = await readNetwork(model);
  const { parameters, unplaced } = buildGraph(network);
  const share = `${parameters.placed.toLocaleString('en')} / ${parameters.all.toLocaleString('en')}`;
  const [first] = unplaced;
  return {
    format: model.variant ? `${model.format}, ${model.variant}` : model.format,
    family: network.inference?.family ?? '',
    parameters: first ? `${share}: "${first.name}" ${first.reason}` : share,
    structure: network.inference ? 'inferred' : 'exact',
  };
}

async function lineOf(model: Model): Promise<readonly string[]> {
  try {
    await open(model);
    const start = performance.now();
    const { format, family, parameters, structure } = await open(model);
    const duration = (performance.now() - start).toFixed(1);
    return [model.name, format, family, parameters, structure, duration];
  } catch (error) {
    const isTyped = error instanceof FormatError || error instanceof UnsupportedModelError;
    return [model.name, isTyped ? error.message : `**BUG** ${(error as Error).stack}`, '', '', '', ''];
  }
}

/** A cell holds neither a line's end nor a column's. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const print = (cells: readonly string[]) => console.log(`| ${cells.map(cell).join(' | ')} |`);

print(['file', 'format', 'taken for', 'parameters placed / all', 'structure', 'ms']);
print(['---', '---', '---', '---:', '---', '---:']);
for (const model of modelsIn(folder)) print(await lineOf(model));
