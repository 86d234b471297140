/** Which zoo a network resembles, by the facts of its layers, and which weights are judged. */
import fs from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFixtureJson } from '../formats/testing';
import { buildGraph, type GraphShape, readAllValues } from '../graph';
import { type Checkpoint, readCheckpoint } from '../metanets/checkpoint';
import { openMetanet } from '../metanets/open-metanet';
import { readNetwork } from '../network';
import { openPublic, packInput, relativeDifference } from '../testing';
import { checkedInput, verdictOf } from './predict-accuracy';
import { strangeFacts } from './strange-facts';

const graphOf = async (sample: string): Promise<GraphShape> =>
  buildGraph(await readNetwork(await openPublic(`samples/${sample}`)));

describe('what is strange of a network', () => {
  let varying: Checkpoint;
  let diverse: Checkpoint;
  beforeAll(async () => {
    varying = await readCheckpoint(await openPublic('checkpoints/varying-cnns/gmn.safetensors'));
    diverse = await readCheckpoint(await openPublic('checkpoints/diverse/gmn.safetensors'));
  });

  it.each(['cifar10-cnn-10', 'cifar10-cnn-35', 'cifar10-cnn-55', 'cifar10-cnn-62'])(
    'is none for %s in the zoo that it comes from',
    async (sample) => expect(strangeFacts(varying, await graphOf(`${sample}.onnx`))).toEqual([]),
  );

  it('tells a transformer from convolutional networks, and not from a zoo that has transformers', async () => {
    const graph = await graphOf('cifar10-transformer.onnx');
    expect(strangeFacts(varying, graph)).not.toEqual([]);
    expect(strangeFacts(diverse, graph)).toEqual([]);
  });

  it('tells channels that are wider than those of any layer of their kind, and says of what', async () => {
    const graph = await graphOf('cifar10-cnn-62.onnx');
    const groups = graph.groups.map((group) =>
      group.kind === 'channel' ? { ...group, count: 8 * group.count } : group,
    );
    const wide = { ...graph, groups };
    expect(strangeFacts(varying, wide)).toContain('such width at channel nodes');
    expect(strangeFacts(diverse, wide)).toContain('such width at channel nodes');
  });

  it('is there in every zoo for a network that holds a picture', async () => {
    const graph = await graphOf('picture.onnx');
    expect(strangeFacts(varying, graph)).not.toEqual([]);
    expect(strangeFacts(diverse, graph)).not.toEqual([]);
  });
});

describe.each(['varying-cnns', 'diverse'])('the domain check of the zoo %s', (zoo) => {
  it('finds networks as far off as training does', async () => {
    const { networks, distances } = readFixtureJson<{ networks: string[]; distances: number[] }>(
      `agreement/${zoo}.json`,
    );
    const checkpoint = await readCheckpoint(await openPublic(`checkpoints/${zoo}/gmn.safetensors`));
    const [run, pack] = [openMetanet(checkpoint), await openPublic(`zoo/${zoo}.safetensors`)];
    const found: number[] = [];
    for (const name of networks) {
      const input = await packInput(pack, name);
      found.push(verdictOf(checkpoint, input, run(input)).domain.distance);
    }
    expect(relativeDifference(found, distances)).toBeLessThan(1e-5);
  });
});

describe('a network with one weight that is far too large', () => {
  const sampleWith = async (weight: number) => {
    const graph = buildGraph(await readNetwork(await openPublic('samples/cifar10-cnn-62.onnx')));
    const values = await readAllValues(graph.blocks, graph.groups);
    values[0][0] = weight;
    return { graph, values };
  };
  const checkpoints = fs
    .readdirSync('public/checkpoints', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.safetensors'));

  it.each([1.1e12, -1e20, Number.NaN])('is refused in words: %d', async (weight) => {
    const { graph, values } = await sampleWith(weight);
    expect(() => checkedInput(graph, values)).toThrow(
      /^1 of the .* weights in .* so nothing can be predicted/,
    );
  });

  it.each(checkpoints)('is a number to %s while it is judged', async (file) => {
    const { graph, values } = await sampleWith(1e12);
    const { outputs } = openMetanet(await readCheckpoint(await openPublic(`checkpoints/${file}`)))(
      checkedInput(graph, values),
    );
    expect([...outputs].every(Number.isFinite)).toBe(true);
  });
});
