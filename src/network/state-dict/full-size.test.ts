/**
 * Published networks at full size, from the names and shapes of their tensors alone: every parameter has a place, and there
 * are as many as their authors count.
 */
import { describe, expect, it } from 'vitest';
import { inferred, ofShapes, readStateDict, stateDict } from './testing';

/** A line per module: its name, then name and shape of each tensor. */
const LISTINGS = new TextDecoder()
  .decode(readStateDict('listings.txt'))
  .split(/^# /m)
  .slice(1)
  .map((listing) => {
    const [head, ...lines] = listing.trim().split('\n');
    const [name, parameters] = head.split(' ');
    const shapes = lines.flatMap((line) => {
      const [module, ...tensors] = line.split(' ');
      return tensors.map((tensor): [string, number[]] => {
        const [own, shape] = tensor.split(':');
        return [module === '.' ? own : `${module}.${own}`, shape.split('x').map(Number)];
      });
    });
    return { name, parameters: Number(parameters), tensors: ofShapes(new Map(shapes)) };
  });

describe.each(LISTINGS)('$name', ({ parameters, tensors }) => {
  it(`has its ${parameters} parameters on the graph`, { timeout: 30_000 }, async () => {
    const { network, graph } = await inferred(stateDict(tensors));
    expect(network.notUnderstood).toEqual([]);
    expect(graph.unplaced).toEqual([]);
    // Running statistics are no parameters to PyTorch, but have edges here.
    const statistics = [...tensors.values()].filter(({ name }) => /running_(mean|var)$/.test(name));
    const counted = statistics.reduce((total, { elementCount }) => total + elementCount, parameters);
    expect(graph.parameters).toEqual({ placed: counted, all: counted });
    expect(network.inference?.reason).toMatch(/^Named like/);
  });
});
