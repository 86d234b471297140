/** For the tests: every fixture and model file that the browser's ONNX Runtime can run. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { type ByteSource, type ModelFile, memorySource, openModel } from '../formats';
import { writeOnnx } from '../formats/onnx/write-model';
import type { Elements } from '../formats/onnx/write-program';
import { buildGraph, type ParameterGraph } from '../graph';
import { type Corrections, type Network, readNetwork } from '../network';
import { REAL_MODELS } from '../testing';
import { NetworkRunner, type NetworkValue } from '../workers/network-runner';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures');

/** A file of training/fixtures, or of the folder of other people's models. */
export function source(file: string, name = path.basename(file)): ByteSource {
  const full = file.startsWith('models/') ? path.join(REAL_MODELS, file.slice(7)) : path.join(FIXTURES, file);
  const bytes = fs.readFileSync(full);
  return memorySource(
    new Uint8Array(file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes),
    name.replace('.gz', ''),
  );
}

export const filesIn = (folder: string, ending: string): string[] =>
  fs
    .readdirSync(folder === 'models' ? REAL_MODELS : path.join(FIXTURES, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

export interface Opened {
  readonly model: ModelFile;
  readonly network: Network;
  readonly graph: ParameterGraph;
}

export const open = async (...sources: ByteSource[]): Promise<Opened> => await read(await openModel(sources));

async function read(model: ModelFile, corrections?: Corrections): Promise<Opened> {
  const network = await readNetwork(model, corrections);
  return { model, network, graph: buildGraph(network) };
}

/** A state dict by itself, with the configuration that belongs to it, and what a person says of it. */
export async function openStateDict(name: string, corrections?: Corrections): Promise<Opened> {
  const configuration = path.join(FIXTURES, `state-dicts/${name}.config.json`);
  const sources = [
    source(`state-dicts/${name}.safetensors`),
    ...(fs.existsSync(configuration) ? [source(`state-dicts/${name}.config.json`, 'config.json')] : []),
  ];
  return await read(await openModel(sources), corrections);
}

/** The outputs of a network with its tensors as they are, or with others. */
export async function runWith(
  { model, network }: Opened,
  inputs: readonly NetworkValue[],
  elements?: Elements,
): Promise<readonly NetworkValue[]> {
  return await runFile(await writeOnnx(model, network, elements), model.fileName, inputs);
}

export async function runFile(
  onnx: Uint8Array,
  name: string,
  inputs: readonly NetworkValue[],
): Promise<readonly NetworkValue[]> {
  const runner = new NetworkRunner();
  await runner.load(onnx, name);
  const { outputs } = await runner.run(inputs);
  await runner.destroy();
  return outputs;
}
