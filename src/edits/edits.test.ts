import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTensor } from '../formats';
import { type EdgeBlock, isWeightBlock, readAllValues } from '../graph';
import { applyEdit, type Edit, EditedNetwork, readEdit, type Subject } from '.';
import { isParameterBlock } from './draft';
import { open, openStateDict, source } from './testing';

async function subjectOf(file: string): Promise<Subject> {
  const { network, graph } = await open(source(file));
  return { fileName: file, network, graph, read: readTensor };
}

const CNN = await subjectOf('onnx/conv-norm.new.onnx');
const ATTENTION = await subjectOf('onnx/vision-transformer.new.onnx');

/** Values of all blocks after an edit, in edge order. */
async function valuesAfter(subject: Subject, ...edits: Edit[]): Promise<Float32Array[]> {
  const edited = new EditedNetwork(subject);
  for (const edit of edits) await edited.apply(edit);
  return await valuesOf(edited);
}

async function valuesOf(subject: Subject): Promise<Float32Array[]> {
  const { groups, blocks } = subject.graph;
  const tensors = new Map<string, Float32Array>();
  for (const block of blocks) {
    if (isParameterBlock(block))
      tensors.set(block.values.tensor.name, await subject.read(block.values.tensor));
  }
  const stored = blocks.map((block): EdgeBlock => {
    if (!isParameterBlock(block)) return block;
    const { tensor } = block.values;
    const values = tensors.get(tensor.name) as Float32Array;
    return {
      ...block,
      values: {
        ...block.values,
        tensor: { ...tensor, type: 'float32', storage: { kind: 'numbers', values } },
      },
    };
  });
  return await readAllValues(stored, groups);
}

const join = (lists: readonly Float32Array[]) => lists.flatMap((list) => [...list]);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const seed = fc.nat(1000);

describe('pruning', () => {
  it('sets exactly the asked share of weights to 0, the smallest ones, and touches no bias or norm', async () => {
    const before = await valuesOf(CNN);
    await fc.assert(
      fc.asyncProperty(share, async (asked) => {
        const after = await valuesAfter(CNN, { kind: 'prune', share: asked });
        const kept: number[] = [];
        const gone: number[] = [];
        CNN.graph.blocks.forEach((block, index) => {
          if (!isWeightBlock(block)) expect(after[index]).toEqual(before[index]);
          else {
            after[index].forEach((value, edge) => {
              (value === 0 ? gone : kept).push(Math.abs(before[index][edge]));
              if (value !== 0) expect(value).toBe(before[index][edge]);
            });
          }
        });
        expect(gone).toHaveLength(Math.round(asked * (gone.length + kept.length)));
        if (gone.length && kept.length) expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...kept));
      }),
      { numRuns: 20 },
    );
  });

  it('prunes one layer, or by a score that is given, negative ones first', async () => {
    const index = CNN.graph.blocks.findIndex(isWeightBlock);
    const { layer, edgeCount } = CNN.graph.blocks[index];
    const scores = CNN.graph.blocks.map((block) =>
      Float32Array.from({ length: block.edgeCount }, (_, edge) => edge - 2),
    );
    const edited = new EditedNetwork(CNN, { checkpoint: async () => undefined, scores: async () => scores });
    await edited.apply({ kind: 'prune', share: 5 / edgeCount, layer, score: 'saliency' });
    const after = await valuesOf(edited);
    const before = await valuesOf(CNN);
    expect([...after[index].subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(after[index].subarray(5)).toEqual(before[index].subarray(5));
    expect(after.filter((_, other) => other !== index)).toEqual(before.filter((_, other) => other !== index));
  });

  it('asks for the score where there is none', async () => {
    await expect(applyEdit(CNN, { kind: 'prune', share: 0.5, score: 'saliency' })).rejects.toThrow(
      /needs the score "saliency"/,
    );
  });
});

describe('noise', () => {
  it('is as large as is asked for, the same for the same seed, and none for a share of 0', async () => {
    const before = join(await valuesOf(ATTENTION));
    const again = async (share: number, seed: number) =>
      join(await valuesAfter(ATTENTION, { kind: 'noise', share, seed }));
    expect(await again(0, 1)).toEqual(before);
    expect(await again(0.3, 1)).toEqual(await again(0.3, 1));
    expect(await again(0.3, 1)).not.toEqual(await again(0.3, 2));
    const [tensor] = [...ATTENTION.network.tensors.values()].sort((a, b) => b.elementCount - a.elementCount);
    const changed = await applyEdit(ATTENTION, { kind: 'noise', share: 0.3, seed: 1 });
    const [old, now] = [await readTensor(tensor), changed.get(tensor.name) as Float32Array];
    const deviation = (values: Float32Array) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    const noise = now.map((value, index) => value - old[index]);
    expect(deviation(noise) / deviation(old)).toBeCloseTo(0.3, 1);
  });
});

describe('quantising', () => {
  it.each([
    [8, 'tensor'],
    [8, 'channel'],
    [4, 'tensor'],
    [4, 'channel'],
  ] as const)('to %d bits per %s keeps to that many levels, within half a step', async (bits, per) => {
    const before = await valuesOf(CNN);
    const after = await valuesAfter(CNN, { kind: 'quantise', bits, per });
    const most = 2 ** (bits - 1) - 1;
    CNN.graph.blocks.forEach((block, index) => {
      if (!isWeightBlock(block)) {
        expect(after[index]).toEqual(before[index]);
        return;
      }
      const perTarget = block.edgeCount / CNN.graph.groups[block.target].count;
      const length = per === 'channel' ? perTarget : block.edgeCount;
      for (let first = 0; first < block.edgeCount; first += length) {
        const old = before[index].subarray(first, first + length);
        const now = after[index].subarray(first, first + length);
        const step = Math.max(...old.map(Math.abs)) / most;
        now.forEach((value, edge) => {
          expect(Math.abs(value - old[edge])).toBeLessThanOrEqual(step * 0.5001);
          expect(Math.abs(value / step - Math.round(value / step))).toBeLessThan(1e-4);
        });
      }
    });
  });

  it('twice is the same as once', async () => {
    const edit: Edit = { kind: 'quantise', bits: 4, per: 'channel' };
    const [once, twice] = [join(await valuesAfter(CNN, edit)), join(await valuesAfter(CNN, edit, edit))];
    twice.forEach((value, index) => {
      expect(value).toBeCloseTo(once[index], 6);
    });
  });
});

describe('a layer', () => {
  const layer = CNN.graph.blocks.find(({ kind }) => kind === 'convWeight')?.layer as number;

  it('is scaled, and all others stay', async () => {
    const [before, after] = [
      await valuesOf(CNN),
      await valuesAfter(CNN, { kind: 'scale', factor: -2, layer }),
    ];
    CNN.graph.blocks.forEach((block, index) => {
      expect(after[index]).toEqual(
        block.layer === layer ? before[index].map((value) => -2 * value) : before[index],
      );
    });
  });

  it('is drawn anew within PyTorch’s bound for its fan-in', async () => {
    const weight = CNN.graph.blocks.findIndex((block) => block.layer === layer && isWeightBlock(block));
    const block = CNN.graph.blocks[weight];
    const fanIn = block.edgeCount / CNN.graph.groups[block.target].count;
    const before = await valuesOf(CNN);
    await fc.assert(
      fc.asyncProperty(seed, async (drawn) => {
        const after = await valuesAfter(CNN, { kind: 'reinitialise', seed: drawn, layer });
        CNN.graph.blocks.forEach((other, index) => {
          if (other.layer !== layer) {
            expect(after[index]).toEqual(before[index]);
            return;
          }
          const largest = Math.max(...after[index].map(Math.abs));
          expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(fanIn) + 1e-7);
          if (index === weight) expect(largest).toBeGreaterThan(0.8 / Math.sqrt(fanIn));
        });
      }),
      { numRuns: 10 },
    );
  });

  it('without parameters is refused by its name', async () => {
    await expect(applyEdit(CNN, { kind: 'scale', factor: 2, layer: 0 })).rejects.toThrow(/has no parameters/);
  });
});

describe('interpolation', () => {
  it('goes all the way or none of it, also where the other file is of another format', async () => {
    const own = await openStateDict('sequential-cnn');
    const subject: Subject = { fileName: 'own', network: own.network, graph: own.graph, read: readTensor };
    const exported = await open(
      source('state-dicts/sequential-cnn.onnx'),
      source('state-dicts/sequential-cnn.safetensors'),
    );
    const other = new EditedNetwork({ fileName: 'other', network: exported.network, graph: exported.graph });
    await other.apply({ kind: 'noise', share: 1, seed: 4 });
    const companions = { checkpoint: async () => other, scores: async () => undefined };
    const reach = async (share: number) => {
      const edited = new EditedNetwork(subject, companions);
      await edited.apply({ kind: 'interpolate', share, checkpoint: 'other' });
      return join(await valuesOf(edited));
    };
    const [start, goal] = [join(await valuesOf(subject)), join(await valuesOf(other))];
    expect(await reach(0)).toEqual(start);
    expect(await reach(1)).toEqual(goal);
    (await reach(0.5)).forEach((value, index) => {
      expect(value).toBeCloseTo((start[index] + goal[index]) / 2, 5);
    });
    await expect(
      new EditedNetwork(CNN, companions).apply({ kind: 'interpolate', share: 0.5, checkpoint: 'other' }),
    ).rejects.toThrow(/has another structure/);
  });
});

describe('an edited network', () => {
  const edits: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('prune' as const), share }),
    fc.record({ kind: fc.constant('noise' as const), share, seed }),
    fc.record({ kind: fc.constant('permute' as const), seed }),
    fc.record({
      kind: fc.constant('quantise' as const),
      bits: fc.constantFrom(4, 8),
      per: fc.constantFrom('tensor' as const, 'channel' as const),
    }),
    fc.record({
      kind: fc.constant('permute-one-side' as const),
      seed,
      group: fc.constant(CNN.graph.groups.findIndex(({ kind }) => kind === 'channel')),
    }),
  );

  it.each([2 ** 28, 0])('goes back and forth through its history, keeping up to %d bytes', async (bytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 5 }), async (list) => {
        const edited = new EditedNetwork(CNN, undefined, bytes);
        const states = [join(await valuesOf(edited))];
        for (const edit of list) {
          await edited.apply(edit);
          states.push(join(await valuesOf(edited)));
        }
        for (let step = list.length - 1; step >= 0; step--) {
          await edited.undo();
          expect(join(await valuesOf(edited))).toEqual(states[step]);
        }
        expect(edited.elements.size).toBe(0);
        for (const state of states.slice(1)) {
          await edited.redo();
          expect(join(await valuesOf(edited))).toEqual(state);
        }
        expect(edited.edits).toEqual(list);
        expect(edited.canRedo).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  it('makes an edit in the place of the last one, however quickly they are asked for', async () => {
    const [edited, once] = [new EditedNetwork(CNN), new EditedNetwork(CNN)];
    const noise: Edit = { kind: 'noise', share: 0.1, seed: 1 };
    const shares = [0.2, 0.7, 0.4];
    await edited.adjust(noise);
    await edited.adjust({ kind: 'prune', share: 0.1 });
    await Promise.all(shares.map((share) => edited.adjust({ kind: 'prune', share })));
    await once.apply(noise);
    await once.apply({ kind: 'prune', share: 0.4 });
    await edited.withdraw({ kind: 'prune', layer: 1 });
    expect(edited.edits).toEqual(once.edits);
    expect(join(await valuesOf(edited))).toEqual(join(await valuesOf(once)));
    await expect(edited.adjust({ kind: 'prune', share: 0.5, score: 'none such' })).rejects.toThrow();
    expect(edited.edits).toEqual(once.edits);
    expect(join(await valuesOf(edited))).toEqual(join(await valuesOf(once)));
    await edited.withdraw({ kind: 'prune' });
    expect(edited.edits).toEqual([noise]);
  });

  it('copies only the tensors that an edit touches', async () => {
    const edited = new EditedNetwork(CNN);
    const { layer } = CNN.graph.blocks.find(isWeightBlock) as EdgeBlock;
    const names = await edited.apply({ kind: 'prune', share: 0.5, layer });
    expect(names.size).toBe(1);
    expect([...edited.elements.keys()]).toEqual([...names]);
  });

  it('stays as it was where an edit fails', async () => {
    const edited = new EditedNetwork(CNN);
    await expect(edited.apply({ kind: 'permute', seed: 1, group: 0 })).rejects.toThrow(
      /inputs has a meaning/,
    );
    expect([edited.edits, edited.elements.size]).toEqual([[], 0]);
  });
});

describe('edits in a link', () => {
  it('are read back, and nothing else is', () => {
    const edit: Edit = { kind: 'rescale', seed: 1, group: 2, largest: 4 };
    expect(readEdit(JSON.parse(JSON.stringify(edit)))).toEqual(edit);
    for (const wrong of [
      null,
      3,
      {},
      { kind: 'constructor' },
      { kind: 'scale', factor: '2', layer: 1 },
      { ...edit, more: 1 },
      { ...edit, group: -1 },
    ]) {
      expect(() => readEdit(wrong)).toThrow(/Make the edits again/);
    }
  });
});
