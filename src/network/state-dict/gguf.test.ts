import { describe, expect, it } from 'vitest';
import { type ModelFile, memorySource, openModel, type StoredTensor } from '../../formats';
import { permutedTensor } from '../../formats/permuted';
import { readFixtureFile, readFixtureJson } from '../../formats/testing';
import { buildGraph, type ParameterGraph } from '../../graph';
import { readNetwork } from '..';

interface Named {
  /** Hugging Face's name for each of llama.cpp's, as gguf-py knows them. */
  readonly names: Record<string, string>;
  readonly parameters: number;
}

const NAMED = readFixtureJson<Record<string, Named>>('gguf/names.json');

const open = (name: string) =>
  openModel([memorySource(readFixtureFile(`gguf/${name}.gguf`), `${name}.gguf`)]);

const graphOf = async (model: ModelFile) => buildGraph(await readNetwork(model));

/** Hugging Face's GPT-2 keeps the weights within its blocks [in, out], llama.cpp keeps all [out, in]. */
const isTurned = (name: string, long: string) => name === 'gpt2' && /\.h\.\d+\..*(c_\w+)\.weight$/.test(long);

function turned(tensor: StoredTensor, name: string): StoredTensor {
  const result = permutedTensor(tensor, name, [[1], [0]]);
  if (!result) throw new Error(`${tensor.name} cannot be turned`);
  return result;
}

/** Everything about a graph but names. */
const shapeOf = ({ groups, blocks, parameters }: ParameterGraph) => ({
  parameters,
  groups: groups.map(({ name: _, ...group }) => group),
  blocks: blocks.map(({ kind, source, target, pattern, groups: parts, edgeCount }) => ({
    ...{ kind, source, target, pattern, parts, edgeCount },
  })),
});

describe.each(Object.entries(NAMED))('GGUF: %s', (name, { names, parameters }) => {
  it('is placed completely', async () => {
    const graph = await graphOf(await open(name));
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: parameters, all: parameters });
  });

  it('is the same graph as under Hugging Face’s names', async () => {
    const model = await open(name);
    const tensors = new Map<string, StoredTensor>();
    for (const [short, tensor] of model.tensors) {
      const long = names[short];
      if (long) tensors.set(long, isTurned(name, long) ? turned(tensor, long) : { ...tensor, name: long });
    }
    const twin: ModelFile = { ...model, format: 'safetensors', tensors };
    expect(shapeOf(await graphOf(model))).toEqual(shapeOf(await graphOf(twin)));
  });
});
