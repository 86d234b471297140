/**
 * Blocks of 32 elements that share a scale (ggml's first quantisations), and a few others with a block each.
 * A decoder writes one block: `bytes` from `at` on to `out` from `to` on. Sums and products are rounded to float32 one by
 * one, as ggml's are, so the values are the same to the last bit.
 */
import { halfValues } from '../tensor';

export type DecodeBlock = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

const { fround } = Math;

export function half(bytes: Uint8Array, at: number): number {
  return halfValues()[bytes[at] | (bytes[at + 1] << 8)];
}

/** Two's complement. */
export const signed = (byte: number) => (byte << 24) >> 24;

/** Sixteen bytes: their low halves are elements 0 to 15, their high halves 16 to 31. */
function eachNibble(bytes: Uint8Array, at: number, visit: (index: number, nibble: number) => void): void {
  for (let index = 0; index < 16; index++) {
    visit(index, bytes[at + index] & 15);
    visit(index + 16, bytes[at + index] >> 4);
  }
}

/** x = d · (q − 8). */
export const decodeQ4With0: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at);
  eachNibble(bytes, at + 2, (index, q) => {
    out[to + index] = scale * (q - 8);
  });
};

/** x = d · q + m. */
export const decodeQ4With1: DecodeBlock = (bytes, at, out, to) => {
  const [scale, least] = [half(bytes, at), half(bytes, at + 2)];
  eachNibble(bytes, at + 4, (index, q) => {
    out[to + index] = fround(scale * q) + least;
  });
};

/** The fifth bit of element i is bit i of four bytes. */
const fifthBit = (bytes: Uint8Array, at: number, index: number) =>
  ((bytes[at + (index >> 3)] >> (index & 7)) & 1) << 4;

/** x = d · (q − 16), five bits. */
export const decodeQ5With0: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at);
  eachNibble(bytes, at + 6, (index, q) => {
    out[to + index] = scale * ((q | fifthBit(bytes, at + 2, index)) - 16);
  });
};

/** x = d · q + m, five bits. */
export const decodeQ5With1: DecodeBlock = (bytes, at, out, to) => {
  const [scale, least] = [half(bytes, at), half(bytes, at + 2)];
  eachNibble(bytes, at + 8, (index, q) => {
    out[to + index] = fround(scale * (q | fifthBit(bytes, at + 4, index))) + least;
  });
};

/** x = d · q, eight bits, after `headBytes` that begin with d. */
function decodeBytes(headBytes: number): DecodeBlock {
  return (bytes, at, out, to) => {
    const scale = half(bytes, at);
    for (let index = 0; index < 32; index++) out[to + index] = scale * signed(bytes[at + headBytes + index]);
  };
}

export const decodeQ8With0 = decodeBytes(2);
/** Between d and the bytes stands their sum, which nobody needs here. */
export const decodeQ8With1 = decodeBytes(4);

/** Four bits name one of sixteen values that lie closer together near zero. */
export const UNEVEN_VALUES = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

export const decodeIq4Nl: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at);
  eachNibble(bytes, at + 2, (index, q) => {
    out[to + index] = scale * UNEVEN_VALUES[q];
  });
};

/** 4-bit floats (sign, two bits of exponent, one of fraction), doubled. */
const FLOAT4_DOUBLED = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/** OCP MXFP4: 4-bit floats under a power of two. */
export const decodeMxfp4: DecodeBlock = (bytes, at, out, to) => {
  const scale = 2 ** (bytes[at] - 128);
  eachNibble(bytes, at + 1, (index, q) => {
    out[to + index] = scale * FLOAT4_DOUBLED[q];
  });
};
