/**
 * Writes the parameter graphs of many networks as arrays for PyTorch (./graph-file.ts): the metanets are trained on what the
 * page's own code builds, so that the page and the training can never disagree about the graph.
 *
 *   npx tsx training/write-graphs.ts OUT.safetensors NETWORKS.safetensors…
 *
 * Each input holds ONNX files as U8 tensors by name (a zoo).
 */
import fs from 'node:fs';
import { memorySource, openModel, storedBytes } from '../src/formats';
import { buildGraph, readAllValues } from '../src/graph';
import { metanetInput } from '../src/metanets/input';
import { readNetwork } from '../src/network';
import { GraphFile } from './graph-file';

const file = new GraphFile();
const [out, ...packs] = process.argv.slice(2);
for (const path of packs) {
  const pack = await openModel([memorySource(fs.readFileSync(path), path)]);
  for (const [name, tensor] of pack.tensors) {
    const network = memorySource(await storedBytes(tensor), name);
    const graph = buildGraph(await readNetwork(await openModel([network])));
    if (graph.unplaced.length > 0) throw new Error(`${name}: ${graph.unplaced[0].name} is not placed`);
    file.add(name, metanetInput(graph, await readAllValues(graph.blocks, graph.groups)));
    if (file.names.length % 500 === 0) console.log(`${file.names.length} networks`);
  }
}
file.write(out);
console.log(`${file.names.length} networks → ${out}`);
