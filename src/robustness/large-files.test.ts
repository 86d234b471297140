import { expect, it } from 'vitest';
import { openModel } from '../formats';
import { buildGraph } from '../graph';
import { readNetwork } from '../network';
import { fileSource } from './file-source';
import { LARGE_FORMATS, PARAMETERS, WEIGHT_BYTES, withLargeModel } from './large-files';

const MAX_READ_BYTES = 5_000_000;

it.each(LARGE_FORMATS)('a %s file of five gigabytes is opened from a few of its bytes', async (format) => {
  await withLargeModel(format, async (files) => {
    const tally = { bytesRead: 0 };
    const sources = await Promise.all(files.map((file) => fileSource(file, tally)));
    const graph = buildGraph(await readNetwork(await openModel(sources)));
    const byteLength = sources.reduce((total, source) => total + source.byteLength, 0);
    expect(byteLength).toBeGreaterThan(WEIGHT_BYTES);
    expect(graph.parameters).toEqual({ placed: PARAMETERS, all: PARAMETERS });
    expect(tally.bytesRead).toBeLessThan(MAX_READ_BYTES);
  });
});
