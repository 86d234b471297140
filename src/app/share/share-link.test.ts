import { describe, expect, it } from 'vitest';
import { hashOf, LinkError, PLAIN, readHash, type SharedState, selectionWithin } from './share-link';

const sample = { ...PLAIN, source: { kind: 'sample', file: 'x' } } as const;

async function thereAndBack(state: SharedState): Promise<SharedState | undefined> {
  return await readHash(await hashOf(state));
}

describe('a link', () => {
  it.each<SharedState>([
    { ...PLAIN, source: { kind: 'sample', file: 'a b.onnx' } },
    { ...PLAIN, source: { kind: 'zoo', zoo: 'varying-cnns', name: 'run12-3.onnx' } },
    { ...sample, selection: { kind: 'layer', layer: 3 } },
    { ...sample, selection: { kind: 'node', node: 30 } },
    { ...sample, selection: { kind: 'edge', block: 1, pair: 2 } },
    { ...sample, corrections: { order: ['a', 'b'], heads: 4 } },
    { ...sample, part: { x: -12.5, y: 300, width: 0.25 } },
    { ...sample, tool: 'what-if' },
    { ...sample, wantedZoo: 'diverse' },
    { ...sample, tool: 'rounds', rounds: { round: 2, channel: undefined, colours: 'components' } },
    { ...sample, tool: 'rounds', rounds: { round: 1, channel: 13, colours: 'channel' } },
    {
      ...sample,
      edits: [
        { kind: 'prune', share: 0.3 },
        { kind: 'permute', seed: 7, group: 2 },
      ],
    },
  ])('says again what it was told: %o', async (state) => {
    expect(await thereAndBack(state)).toEqual(state);
  });

  it('carries a small model, byte by byte, under a name of any letters', async () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * index) % 251);
    const source = { kind: 'file', name: 'Netz №1 & #2=.onnx', blob: new Blob([bytes]) } as const;
    const back = await thereAndBack({ ...PLAIN, source });
    if (back?.source.kind !== 'file') throw new Error('no file came back');
    expect(back.source.name).toBe(source.name);
    expect(new Uint8Array(await back.source.blob.arrayBuffer())).toEqual(bytes);
  });

  it('says of a larger one that it carries none', async () => {
    const blob = new Blob([crypto.getRandomValues(new Uint8Array(60_000))]);
    await expect(hashOf({ source: { kind: 'file', name: 'x', blob }, ...PLAIN })).rejects.toThrow(
      /60 kB, more than/,
    );
  });

  it('names nothing where it names nothing', async () => {
    expect(await readHash('')).toBeUndefined();
    expect(await readHash('#zoo')).toBeUndefined();
    expect(await readHash('#file=x')).toBeUndefined();
  });

  it('is refused where it is damaged, or would unpack to too much', async () => {
    await expect(readHash('#file=x&bytes=%25')).rejects.toThrow(LinkError);
    await expect(readHash('#file=x&bytes=AAAA')).rejects.toThrow(LinkError);
    await expect(readHash('#sample=x&corrections={')).rejects.toThrow(LinkError);
    await expect(readHash('#sample=x&edits={}')).rejects.toThrow(LinkError);
    await expect(readHash('#sample=x&edits=[{"kind":"other"}]')).rejects.toThrow(/no edit of the kind/);
    const zeros = await new Response(
      new Blob([new Uint8Array(8 * 2 ** 20)]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    ).arrayBuffer();
    const text = Buffer.from(zeros).toString('base64url');
    await expect(readHash(`#file=x&bytes=${text}`)).rejects.toThrow(/cannot be unpacked/);
  });

  it('selects only what there is', () => {
    const graph = { nodeCount: 5, blocks: [{ pairCount: 2 }] } as unknown as Parameters<
      typeof selectionWithin
    >[1];
    const within = (selection: SharedState['selection']) => selectionWithin(selection, graph, 3);
    expect(within({ kind: 'layer', layer: 2 })).toBeDefined();
    expect(within({ kind: 'layer', layer: 3 })).toBeUndefined();
    expect(within({ kind: 'node', node: 5 })).toBeUndefined();
    expect(within({ kind: 'edge', block: 0, pair: 1 })).toBeDefined();
    expect(within({ kind: 'edge', block: 1, pair: 0 })).toBeUndefined();
  });
});
