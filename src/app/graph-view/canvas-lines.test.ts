import { zoomIdentity } from 'd3';
import { expect, it } from 'vitest';
import { makeGraph, normal } from '../../engine/synthetic-graphs';
import { seededRandom } from '../../graph';
import { blockPicture } from '../../tasks';
import { lineTurns, type Stroke } from './canvas-lines';
import type { Palette } from './palette';
import { pairPlaces, type Scene, sceneOf } from './scene';
import { cssColour, mixed, packed, unpacked } from './scene-colours';
import type { View } from './view';

const graph = makeGraph([30, 40], [{ source: 0, target: 1, pattern: 'dense', groups: 1, tapShape: [] }]);
const random = seededRandom(1);
const [block] = graph.blocks;
const picture = blockPicture(
  block,
  Float32Array.from({ length: block.edgeCount }, () => normal(random)),
);
const base: Scene = { ...sceneOf(graph), pictures: [picture] };
const palette = { positive: 'orange', negative: 'blue' } as Palette;
/** Moved down, so that every line is in view. */
const MIDDLE = 2000;
const view: View = {
  ...{ width: 4000, height: 4000, transform: zoomIdentity.translate(0, MIDDLE), palette, marked: undefined },
  ...{ selectedGroups: new Set<number>(), isInferred: false, lineCapacity: 1e5 },
};
const planned = { block: 0, form: 'lines', limit: 1200, wanted: 1200, opacity: 1 } as const;

const named = (from: number, to: number) => `${from.toFixed(3)} ${to.toFixed(3)}`;

/** Colour of every line, by the heights of its two ends. */
function linesOf(strokes: readonly Stroke[]): Map<string, string> {
  const lines = new Map<string, string>();
  for (const { heights, colour } of strokes) {
    for (let at = 0; at < heights.length; at += 2) lines.set(named(heights[at], heights[at + 1]), colour);
  }
  return lines;
}

const heightsOf = (pair: number) => {
  const { source, target } = pairPlaces(graph, block, pair);
  const [from, to] = [base.layout.places[block.source], base.layout.places[block.target]];
  return named(MIDDLE + from.y + source * from.step, MIDDLE + to.y + target * to.step);
};

it('lines have the colours of their signs, or those that a tool gives them', () => {
  const of = (scene: Scene) => linesOf([...lineTurns(scene, view, planned)].flat());
  const signs = of(base);
  expect(signs.size).toBe(1200);
  picture.pairs.forEach((pair, entry) => {
    expect(signs.get(heightsOf(pair))).toBe(picture.strengths[entry] < 0 ? 'blue' : 'orange');
  });
  const own = Uint32Array.from(picture.pairs, (pair) => (pair * 2654435761) & 0xffffff);
  const colours = { ofNodes: () => new Uint32Array(graph.nodeCount), ofLines: () => own };
  const coloured = of({ ...base, colours });
  picture.pairs.forEach((pair, entry) => {
    expect(coloured.get(heightsOf(pair))).toBe(cssColour(own[entry]));
  });
});

it('colours are packed as the GPU unpacks them', () => {
  expect(packed('#102030')).toBe(0x302010);
  expect(unpacked(0x302010)).toEqual([0x10, 0x20, 0x30]);
  expect(cssColour(0x302010)).toBe('#102030');
  expect(cssColour(0)).toBe('#000000');
  expect(mixed(packed('#000000'), packed('#ff8000'), 0.5)).toBe(packed('#804000'));
});
