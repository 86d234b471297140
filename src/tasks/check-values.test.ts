import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../formats';
import { buildGraph, type ParameterGraph, readAllValues } from '../graph';
import { readNetwork } from '../network';
import { readFixture, withEdgeValues } from '../testing';
import { checkValues } from './check-values';

/** A fixture with some of its edge values changed. */
async function check(name: string, change: (values: Float32Array[], graph: ParameterGraph) => void) {
  const read = async (bytes: Uint8Array) => {
    const network = await readNetwork(await openModel([memorySource(bytes, name)]));
    return { network, graph: buildGraph(network) };
  };
  const bytes = readFixture(`${name}.onnx`);
  const { graph } = await read(bytes);
  const values = (await readAllValues(graph.blocks, graph.groups)).map((list) => list.slice());
  change(values, graph);
  const changed = await read(withEdgeValues(bytes, graph, values));
  return { graph, result: await checkValues(changed.network, changed.graph) };
}

describe('the values of a network', () => {
  it('has nothing to say of a network as it was initialised', async () => {
    const { graph, result } = await check('mlp.old', () => undefined);
    expect(result).toMatchObject({ tensors: [], copies: [], neurons: [], skipped: [] });
    expect(result.elementCount).toBe(graph.parameters.placed);
  });

  it('counts what is no number', async () => {
    const { graph, result } = await check('mlp.old', (values) => {
      values[0].set([Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN, 1e-40]);
    });
    expect(result.tensors).toEqual([{ name: graph.blocks[0].tensorName, nan: 2, infinite: 1, subnormal: 1 }]);
  });

  it('finds neurons that are constant, unread, or there twice', async () => {
    const { graph, result } = await check('mlp.old', (values, { blocks, groups }) => {
      const weights = blocks.flatMap(({ kind }, index) => (kind === 'linearWeight' ? [index] : []));
      const [first, second] = weights;
      const inputs = groups[blocks[first].source].count;
      const hidden = groups[blocks[first].target].count;
      values[first].fill(0, 0, inputs); // neuron 0 hears nothing
      values[first].copyWithin(2 * inputs, inputs, 2 * inputs); // neuron 2 is neuron 1
      for (let at = 3; at < values[second].length; at += hidden) values[second][at] = 0; // nobody reads neuron 3
      blocks.forEach(({ kind, target }, index) => {
        // Its bias and its norm too.
        if (target === blocks[first].target && kind !== 'linearWeight') values[index][2] = values[index][1];
      });
    });
    expect(result.neurons).toEqual([
      {
        group: expect.any(Number),
        name: expect.any(String),
        count: expect.any(Number),
        constant: 1,
        unread: 1,
        repeated: 1,
      },
    ]);
    expect(graph.groups[result.neurons[0].group].isInput).toBe(false);
  });

  it('finds channels that their norm multiplies by zero', async () => {
    const { result } = await check('conv-norm.old', (values, { blocks }) => {
      const scale = blocks.findIndex(({ kind }) => kind === 'normScale');
      values[scale][1] = 0;
    });
    expect(result.neurons.map(({ constant }) => constant)).toEqual([1]);
  });

  it('can be stopped', async () => {
    const network = await readNetwork(await openModel([memorySource(readFixture('mlp.old.onnx'), 'mlp')]));
    const signal = AbortSignal.abort();
    await expect(checkValues(network, buildGraph(network), { signal })).rejects.toThrow(/abort/i);
  });
});
