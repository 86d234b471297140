/**
 * Colours that a tool gives to nodes and lines, in the place of those of nodes and signs. Packed as red + 256·green + 65536·blue,
 * as the GPU unpacks them.
 */
import { rgb } from 'd3';
import type { BlockPicture } from '../../tasks';
import type { Palette } from './palette';

export interface SceneColours {
  /** [nodes] */
  readonly ofNodes: (palette: Palette) => Uint32Array;
  /** Factors on the nodes' radii, [nodes]. */
  readonly sizes?: Float32Array;
  /** One an entry of a block's picture; lines keep the colours of their signs where this is not given. */
  readonly ofLines?: (palette: Palette, block: number, picture: BlockPicture) => Uint32Array;
}

export const packed = (color: string): number => {
  const { r, g, b } = rgb(color).clamp();
  return Math.round(r) + 256 * Math.round(g) + 65536 * Math.round(b);
};

export const unpacked = (colour: number): readonly [number, number, number] => [
  colour & 255,
  (colour >> 8) & 255,
  (colour >> 16) & 255,
];

/** In the notation that every program that opens an SVG knows. */
export const cssColour = (colour: number): string => {
  const [r, g, b] = unpacked(colour);
  return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, '0')}`;
};

/** Of two packed colours, `share` of the second. */
export function mixed(one: number, other: number, share: number): number {
  const [a, b] = [unpacked(one), unpacked(other)];
  return a.reduce(
    (sum, value, channel) => sum + 256 ** channel * Math.round(value + share * (b[channel] - value)),
    0,
  );
}

/** Computes again only when the palette, or what else it is asked for, has changed. */
export function perPalette<Key extends WeakKey, Value>(
  compute: (palette: Palette, key: Key) => Value,
): (palette: Palette, key: Key) => Value {
  let of = '';
  let known = new WeakMap<Key, Value>();
  return (palette, key) => {
    const name = Object.values(palette).join();
    if (name !== of) [of, known] = [name, new WeakMap()];
    const value = known.get(key) ?? compute(palette, key);
    known.set(key, value);
    return value;
  };
}
