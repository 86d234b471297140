import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ModelFile, memorySource, openModel } from '../formats';
import { readEntry, readZip } from '../formats/zip';
import { buildGraph, readAllValues } from '../graph';
import { readNetwork } from '../network';
import { FLOAT64_ROUNDING, metanetFixture, relativeDifference } from '../testing';
import { runGmn } from './gmn/gmn';
import { gmnWeights } from './gmn/weights';
import { metanetInput } from './input';

/** Networks of Keras's and their twins in PyTorch: training/fixtures/make_keras.py. */
const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures/keras');

const weights = gmnWeights(await metanetFixture('gmn'));

function source(name: string) {
  const bytes = fs.readFileSync(path.join(FIXTURES, name));
  return memorySource(new Uint8Array(name.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes), name);
}

async function readGraph(...names: string[]) {
  const network = await readNetwork(await openModel(names.map(source)));
  expect(network.notUnderstood).toEqual([]);
  const graph = buildGraph(network);
  const input = metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
  return { graph, prediction: runGmn(weights, input, { precision: 'float64' }) };
}

/** Parameters, as Keras counts them. */
const NETWORKS: readonly [name: string, parameters: number][] = [
  ['sequential', 385],
  ['functional', 765],
  ['mobile', 927],
  ['signal', 443],
  ['attention', 1251],
  ['nested', 577],
  ['recurrent', 495],
];

describe('TensorFlow.js', () => {
  it.each([
    [
      'a layers model',
      ['tfjs.json', 'tfjs.shard1of3.bin', 'tfjs.shard2of3.bin', 'tfjs.shard3of3.bin'],
      FLOAT64_ROUNDING,
    ],
    ['a graph model', ['graph-model.json', 'graph-model.bin'], FLOAT64_ROUNDING],
    // Weights are off by half a step.
    ['a quantised model', ['tfjs-quantised.json', 'tfjs-quantised.shard1of1.bin'], 0.02],
  ])('%s gives the same graph as its twin in PyTorch', async (_, names, tolerance) => {
    const { graph, prediction } = await readGraph(...names);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: 385, all: 385 });
    const twin = await readGraph('sequential.onnx');
    expect([graph.nodeCount, graph.edgeCount]).toEqual([twin.graph.nodeCount, twin.graph.edgeCount]);
    expect(relativeDifference(prediction.outputs, twin.prediction.outputs)).toBeLessThan(tolerance);
  });
});

it('gives weights without an architecture the same edges, pixels of a flattened picture among them', async () => {
  const archive = await readZip(source('sequential.keras.gz'));
  const entry = archive.entries.get('model.weights.h5')!;
  const alone = memorySource(await readEntry(archive, entry), 'sequential.weights.h5');
  const edgesOf = async (model: ModelFile) => {
    const graph = buildGraph(await readNetwork(model));
    const values = await readAllValues(graph.blocks, graph.groups);
    return graph.blocks.flatMap(({ kind }, index) => (/Weight|bias|norm/.test(kind) ? [values[index]] : []));
  };
  const inferred = await edgesOf(await openModel([alone]));
  expect(inferred).toEqual(await edgesOf(await openModel([source('sequential.keras.gz')])));
});

describe.each(NETWORKS)('Keras: %s', (name, parameters) => {
  it.each(['keras', 'h5'])('%s gives the same graph as its twin in PyTorch', async (ending) => {
    const { graph, prediction } = await readGraph(`${name}.${ending}.gz`);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: parameters, all: parameters });
    const twin = await readGraph(`${name}.onnx`);
    expect([graph.nodeCount, graph.edgeCount]).toEqual([twin.graph.nodeCount, twin.graph.edgeCount]);
    expect(relativeDifference(prediction.outputs, twin.prediction.outputs)).toBeLessThan(FLOAT64_ROUNDING);
  });
});
