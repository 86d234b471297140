import { describe, expect, it } from 'vitest';
import { FormatError, type StoredTensor } from '../../formats';
import { startClock } from '../../formats/testing';
import { buildGraph, type Random, seededRandom } from '../../graph';
import { readNetwork, UnsupportedModelError } from '..';
import { FIXTURES, ofShapes, openStateDict, type Shapes, stateDict } from './testing';

/** Mutated state dicts per run of the suite. */
const MUTATIONS = 1500;
/** No file may keep the page waiting for longer, whatever it claims. */
const MAX_MS = 2000;

const SIZES = [0, 1, 2, 3, 7, 64, 1000, 2 ** 20, 2 ** 31];

/** Drops, renames, doubles, exchanges or reshapes a few tensors. */
function mutate(tensors: ReadonlyMap<string, StoredTensor>, random: Random): Map<string, StoredTensor> {
  const at = (length: number) => Math.floor(random() * length);
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, [...shape]]));
  for (let changes = 1 + at(4); changes > 0; changes--) {
    const names = [...shapes.keys()];
    const [name, other] = [names[at(names.length)], names[at(names.length)]];
    const shape = shapes.get(name) ?? [];
    switch (at(7)) {
      case 0:
        shapes.delete(name);
        break;
      case 1:
        shapes.set(
          name.replace(/\d+/, (number) => String(Number(number) + 1 + at(1000))),
          shape,
        );
        break;
      case 2:
        shapes.set(`${other}.${name}`, shape);
        break;
      case 3:
        shapes.set(name, shapes.get(other) ?? []);
        break;
      case 4:
        shape[at(shape.length)] = SIZES[at(SIZES.length)];
        break;
      case 5:
        shape.splice(at(shape.length + 1), 0, SIZES[at(SIZES.length)]);
        break;
      default:
        shapes.set(name, shape.slice(1));
    }
  }
  return ofShapes(shapes);
}

const SETTINGS = ['num_attention_heads', 'num_heads', 'n_head', 'head_dim'];
const VALUES = [undefined, 0, -1, 3, 2.5, 1e12, 'two', null];

async function opens(tensors: ReadonlyMap<string, StoredTensor>, settings?: ReadonlyMap<string, unknown>) {
  const elapsedMs = startClock();
  try {
    buildGraph(await readNetwork(stateDict(tensors, { settings })));
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof UnsupportedModelError)) throw error;
    expect(error.message).toMatch(/\(network\.pt.*\)\. /s);
  }
  expect(elapsedMs()).toBeLessThan(MAX_MS);
}

describe('state dicts that are not what they seem', () => {
  it(`survives ${MUTATIONS} mutated ones: a graph, or one clear sentence`, { timeout: 120_000 }, async () => {
    const models = await Promise.all(FIXTURES.map((name) => openStateDict(name)));
    const random = seededRandom(2026);
    for (let round = 0; round < MUTATIONS; round++) {
      const model = models[Math.floor(random() * models.length)];
      const settings = new Map<string, unknown>(model.settings);
      const key = SETTINGS[Math.floor(random() * SETTINGS.length)];
      if (random() < 0.2) settings.set(key, VALUES[Math.floor(random() * VALUES.length)]);
      const tensors = mutate(model.tensors, random);
      try {
        await opens(tensors, settings);
      } catch (error) {
        throw new Error(`round ${round}, ${model.fileName}: ${(error as Error).stack}`);
      }
    }
  });

  it.each([
    ['names of nothing but dots', { '.': [2, 2], '..': [3, 3], '...weight': [2, 3] }],
    ['a name with 100,000 parts', { [`${'a.'.repeat(100_000)}weight`]: [2, 2] }],
    [
      'names of every object',
      { '__proto__.weight': [2, 3], 'constructor.weight': [4, 2], 'toString.weight': [1, 4] },
    ],
    [
      'kernels larger than any picture',
      { 'a.weight': [2, 3, 100_001, 1], 'b.weight': [2, 2, 100_000, 100_000] },
    ],
    ['axes of no extent', { 'a.weight': [0, 3], 'b.weight': [3, 0], 'c.weight': [2, 2] }],
  ] satisfies [string, Record<string, number[]>][])('answers %s in time', async (_, shapes) => {
    await opens(ofShapes(shapes));
  });

  it('answers ten thousand layers in time', async () => {
    const many = (name: (index: number) => string, shape: number[]) =>
      ofShapes(new Map(Array.from({ length: 10_000 }, (_, index) => [name(index), shape])));
    await opens(many((index) => `layers.${index}.weight`, [4, 4]));
    await opens(many((index) => `layers.${index}.weight`, [4, 4, 3, 3]));
    await opens(many((index) => `part${index}.weight`, [4, 5]));
    await opens(many((index) => `norm${index}.weight`, [4]));
  });

  it.each<Shapes>([
    { '0.weight': [4, 3], '1.weight': [5, 7], '2.weight': [2, 2] },
    { 'net.0.linear.weight': [4, 30], 'net.1.linear.weight': [5, 7] },
    { 'seq.0.weight': [4, 30], 'seq.1.weight': [5, 7], 'seq.2.weight': [2, 2] },
  ])('names no family that only numbers its layers alike (%#)', async (shapes) => {
    const message = await readNetwork(stateDict(ofShapes(shapes))).catch(({ message }: Error) => message);
    expect(message).toMatch(/^The file holds weights without saying how they connect/);
  });

  it.each([4000, 20_000])('answers two thousand layers with %d norms in time', async (norms) => {
    const shapes = new Map<string, number[]>();
    for (let index = 0; index < 2000; index++) shapes.set(`layers.${index}.weight`, [2, 2]);
    for (let index = 0; index < norms; index++) {
      for (const name of ['weight', 'bias']) shapes.set(`part${index}.norm.${name}`, [2]);
    }
    await opens(ofShapes(shapes));
  });

  it('says what does not fit where the names are those of a family', async () => {
    const model = await openStateDict('timm-resnet-d');
    const shapes = new Map([...model.tensors].map(([name, { shape }]) => [name, shape]));
    shapes.set('layer2.0.conv1.weight', [4, 77, 1, 1]);
    await expect(readNetwork(stateDict(ofShapes(shapes)))).rejects.toThrow(
      /named like torchvision’s and timm’s ResNet, but "layer2\.0\.conv1\.weight" of shape 4×77×1×1 cannot read \d+ channels/,
    );
  });
});
