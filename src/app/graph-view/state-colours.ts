/**
 * States as colours that stand out from the page's ground, dark or light: three components as hue and lightness (CIELAB), or one
 * number on the diverging scale. Taken from tables of a few thousand colours: lines are many.
 */
import { interpolateLab, lab } from 'd3';
import type { Palette } from './palette';
import { packed, perPalette } from './scene-colours';

/** Steps of each component, and of a single number on either side of zero; COARSE steps end where these do. */
const COMPONENT_STEPS = 16;
const SHARE_STEPS = 30;

/** Lightness from the least to the most of the third component, and reach of the other two as green–red and blue–yellow. */
const LIGHTNESS = { dark: [58, 84], light: [28, 51] } as const;
const CHROMA = 58;

interface Tables {
  readonly components: Uint32Array;
  readonly shares: Uint32Array;
}

/** Its tables are the same for every scene of a palette. */
const THE_TABLES = {};

const tablesOf = perPalette((palette: Palette, _: object): Tables => {
  const [low, high] = lab(palette.background).l < 50 ? LIGHTNESS.dark : LIGHTNESS.light;
  const components = Uint32Array.from({ length: COMPONENT_STEPS ** 3 }, (_entry, index) => {
    const step = (place: number) => Math.floor(index / COMPONENT_STEPS ** place) % COMPONENT_STEPS;
    const [first, second, third] = [0, 1, 2].map((place) => (2 * step(place)) / (COMPONENT_STEPS - 1) - 1);
    return packed(lab(low + ((third + 1) / 2) * (high - low), CHROMA * first, CHROMA * second).formatRgb());
  });
  const [toNegative, toPositive] = [palette.negative, palette.positive].map((end) =>
    interpolateLab(palette.neutral, end),
  );
  const shares = Uint32Array.from({ length: 2 * SHARE_STEPS + 1 }, (_entry, index) => {
    const share = index / SHARE_STEPS - 1;
    return packed((share < 0 ? toNegative : toPositive)(Math.abs(share)));
  });
  return { components, shares };
});

const clamped = (value: number) => Math.max(-1, Math.min(1, value));

/** How finely colours are told apart, as steps of the tables: lines of one colour are one stroke, and strokes are what costs. */
export const FINE = 1;
export const COARSE = 3;

const stepped = (value: number, last: number, by: number) =>
  by * Math.round((((clamped(value) + 1) / 2) * last) / by);

/** Rows of three components, about −1 … 1 each, as packed colours. */
export function componentColours(palette: Palette, components: Float32Array, by = FINE): Uint32Array {
  const { components: table } = tablesOf(palette, THE_TABLES);
  const step = (value: number) => stepped(value, COMPONENT_STEPS - 1, by);
  return Uint32Array.from({ length: components.length / 3 }, (_, row) => {
    const [first, second, third] = components.subarray(3 * row, 3 * row + 3);
    return table[step(first) + COMPONENT_STEPS * (step(second) + COMPONENT_STEPS * step(third))];
  });
}

/** Numbers −1 … 1 as packed colours: blue, grey at zero, orange. */
export function shareColours(palette: Palette, shares: Float32Array, by = FINE): Uint32Array {
  const { shares: table } = tablesOf(palette, THE_TABLES);
  return Uint32Array.from(shares, (share) => table[stepped(share, 2 * SHARE_STEPS, by)]);
}
