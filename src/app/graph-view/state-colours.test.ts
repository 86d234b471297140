import { rgb } from 'd3';
import { expect, it } from 'vitest';
import type { Palette } from './palette';
import { unpacked } from './scene-colours';
import { componentColours, shareColours } from './state-colours';

/** WCAG 2.2, 1.4.11: what graphics must have at least. */
const LEGIBLE = 3;

/** The colours of styles/theme.css that states are drawn with. */
const THEMES = {
  dark: { background: '#0f131a', neutral: '#8fa3ba', positive: '#f28c38', negative: '#4c9ff5' },
  light: { background: '#fbfaf7', neutral: '#6d7c8d', positive: '#c85a0a', negative: '#1b6ac9' },
} as const;

function luminance(channels: readonly number[]): number {
  const [r, g, b] = channels.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(colour: number, ground: string): number {
  const { r, g, b } = rgb(ground);
  const [low, high] = [luminance(unpacked(colour)), luminance([r, g, b])].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

it.each(['dark', 'light'] as const)('every state stands out from the %s ground', (theme) => {
  const palette = THEMES[theme] as Palette;
  const steps = Array.from({ length: 9 }, (_, index) => index / 4 - 1);
  const all = steps.flatMap((a) => steps.flatMap((b) => steps.flatMap((c) => [a, b, c])));
  const colours = [
    ...componentColours(palette, Float32Array.from(all)),
    ...shareColours(palette, Float32Array.from(steps)),
  ];
  expect(Math.min(...colours.map((colour) => contrast(colour, palette.background)))).toBeGreaterThan(LEGIBLE);
  // Corners can be told apart.
  const corners = componentColours(palette, Float32Array.from([-1, -1, 0, -1, 1, 0, 1, -1, 0, 1, 1, 0]));
  const distances = [...corners].flatMap((one, index) =>
    [...corners.slice(0, index)].map((other) =>
      Math.hypot(...unpacked(one).map((value, channel) => value - unpacked(other)[channel])),
    ),
  );
  expect(Math.min(...distances)).toBeGreaterThan(60);
});

it('beyond the ends nothing changes, and the signs are apart', () => {
  const palette = THEMES.dark as Palette;
  const [low, end, zero, high] = shareColours(palette, Float32Array.from([-7, -1, 0, 3]));
  expect(low).toBe(end);
  expect(unpacked(zero)).toEqual([0x8f, 0xa3, 0xba]);
  expect([unpacked(end), unpacked(high)]).toEqual([
    [0x4c, 0x9f, 0xf5],
    [0xf2, 0x8c, 0x38],
  ]);
});
