/** Which zoo a network resembles: by the facts of its layers, before any metanet is asked. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildGraph, type GraphShape } from '../graph';
import { type Checkpoint, readCheckpoint } from '../metanets/checkpoint';
import { readNetwork } from '../network';
import { openPublic } from '../testing';
import { strangeness } from './predict-accuracy';

const graphOf = async (sample: string): Promise<GraphShape> =>
  buildGraph(await readNetwork(await openPublic(`samples/${sample}`)));

describe('strangeness', () => {
  let varying: Checkpoint;
  let diverse: Checkpoint;
  beforeAll(async () => {
    varying = await readCheckpoint(await openPublic('checkpoints/varying-cnns/gmn.safetensors'));
    diverse = await readCheckpoint(await openPublic('checkpoints/diverse/gmn.safetensors'));
  });

  it.each(['cifar10-cnn-10', 'cifar10-cnn-35', 'cifar10-cnn-55', 'cifar10-cnn-62'])(
    'is none for %s in the zoo that it comes from',
    async (sample) => expect(strangeness(varying, await graphOf(`${sample}.onnx`))).toBe(0),
  );

  it('tells a transformer from convolutional networks, and not from a zoo that has transformers', async () => {
    const graph = await graphOf('cifar10-transformer.onnx');
    expect(strangeness(varying, graph)).toBeGreaterThan(0);
    expect(strangeness(diverse, graph)).toBe(0);
  });

  it('is there in every zoo for a network that holds a picture', async () => {
    const graph = await graphOf('picture.onnx');
    expect(strangeness(varying, graph)).toBeGreaterThan(0);
    expect(strangeness(diverse, graph)).toBeGreaterThan(0);
  });
});
