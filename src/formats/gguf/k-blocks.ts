/**
 * Blocks of 256 elements: 8 or 16 runs with a small integer scale each, under one or two scales of the block (ggml's
 * "K" quantisations). Bits of one element lie apart: low bits in one array, high bits in another.
 */
import { type DecodeBlock, half, signed, UNEVEN_VALUES } from './blocks';

const { fround } = Math;

/** Elements of a block. */
export const K = 256;

/** x = d · scale · q − dmin · least; 16 runs, 2 bits. */
export const decodeQ2K: DecodeBlock = (bytes, at, out, to) => {
  const [quants, halves] = [at + 16, at + 80];
  const [scale, leastScale] = [half(bytes, halves), half(bytes, halves + 2)];
  for (let run = 0; run < 16; run++) {
    const packed = bytes[at + run];
    const [step, least] = [fround(scale * (packed & 15)), fround(leastScale * (packed >> 4))];
    const from = quants + 32 * (run >> 3) + 16 * (run & 1);
    const shift = run & 6;
    for (let index = 0; index < 16; index++) {
      out[to + 16 * run + index] = fround(step * ((bytes[from + index] >> shift) & 3)) - least;
    }
  }
};

/** x = d · (scale − 32) · (q − 4); 16 runs, 3 bits, 6-bit scales. */
export const decodeQ3K: DecodeBlock = (bytes, at, out, to) => {
  const [quants, scales] = [at + 32, at + 96];
  const scale = half(bytes, at + 108);
  for (let run = 0; run < 16; run++) {
    const low = run < 8 ? bytes[scales + run] & 15 : bytes[scales + run - 8] >> 4;
    const high = (bytes[scales + 8 + (run & 3)] >> (2 * (run >> 2))) & 3;
    const step = fround(scale * ((low | (high << 4)) - 32));
    const within = 16 * (run & 1);
    const from = quants + 32 * (run >> 3) + within;
    for (let index = 0; index < 16; index++) {
      const q = (bytes[from + index] >> (run & 6)) & 3;
      const highBit = (bytes[at + within + index] >> (run >> 1)) & 1;
      out[to + 16 * run + index] = step * (q + 4 * highBit - 4);
    }
  }
};

/** Scale and least value of run 0 to 7: 6 bits each, packed into twelve bytes. */
function packedScale(bytes: Uint8Array, at: number, run: number): [number, number] {
  if (run < 4) return [bytes[at + run] & 63, bytes[at + 4 + run] & 63];
  const low = bytes[at + 4 + run];
  return [(low & 15) | ((bytes[at + run - 4] >> 6) << 4), (low >> 4) | ((bytes[at + run] >> 6) << 4)];
}

/** x = d · scale · q − dmin · least; 8 runs, 4 bits, and a fifth in `highBits` where there is one. */
function decodeEightRuns(highBits: number | undefined, quants: number): DecodeBlock {
  return (bytes, at, out, to) => {
    const [scale, leastScale] = [half(bytes, at), half(bytes, at + 2)];
    for (let run = 0; run < 8; run++) {
      const [ownScale, ownLeast] = packedScale(bytes, at + 4, run);
      const [step, least] = [fround(scale * ownScale), fround(leastScale * ownLeast)];
      const from = at + quants + 32 * (run >> 1);
      const shift = 4 * (run & 1);
      for (let index = 0; index < 32; index++) {
        const low = (bytes[from + index] >> shift) & 15;
        const high = highBits === undefined ? 0 : ((bytes[at + highBits + index] >> run) & 1) << 4;
        out[to + 32 * run + index] = fround(step * (low | high)) - least;
      }
    }
  };
}

export const decodeQ4K = decodeEightRuns(undefined, 16);
export const decodeQ5K = decodeEightRuns(16, 48);

/** x = d · scale · (q − 32); 16 runs, 6 bits, 8-bit scales. */
export const decodeQ6K: DecodeBlock = (bytes, at, out, to) => {
  const [high, scales] = [at + 128, at + 192];
  const scale = half(bytes, at + 208);
  for (let run = 0; run < 16; run++) {
    const step = fround(scale * signed(bytes[scales + run]));
    // Runs come in two halves of four pairs; a pair shares its place among the high bits.
    const [part, pair, within] = [run >> 3, (run >> 1) & 3, 16 * (run & 1)];
    const lowFrom = at + 64 * part + 32 * (pair & 1) + within;
    const highFrom = high + 32 * part + within;
    for (let index = 0; index < 16; index++) {
      const low = (bytes[lowFrom + index] >> (4 * (pair >> 1))) & 15;
      const top = (bytes[highFrom + index] >> (2 * pair)) & 3;
      out[to + 16 * run + index] = step * ((low | (top << 4)) - 32);
    }
  }
};

/** x = d · q, d in single precision. */
export const decodeQ8K: DecodeBlock = (bytes, at, out, to) => {
  const scale = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true);
  for (let index = 0; index < K; index++) out[to + index] = scale * signed(bytes[at + 4 + index]);
};

/** x = d · (scale − 32) · value(q); 8 runs, 4 bits. */
export const decodeIq4Xs: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at);
  const highScales = bytes[at + 2] | (bytes[at + 3] << 8);
  for (let run = 0; run < 8; run++) {
    const low = (bytes[at + 4 + (run >> 1)] >> (4 * (run & 1))) & 15;
    const step = fround(scale * ((low | (((highScales >> (2 * run)) & 3) << 4)) - 32));
    for (let index = 0; index < 32; index++) {
      const byte = bytes[at + 8 + 16 * run + (index & 15)];
      out[to + 32 * run + index] = step * UNEVEN_VALUES[index < 16 ? byte & 15 : byte >> 4];
    }
  }
};

/** x = d · (q − 1): three values, two bits. */
export const decodeTq2: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at + 64);
  for (let index = 0; index < K; index++) {
    const byte = bytes[at + 32 * (index >> 7) + (index & 31)];
    out[to + index] = scale * (((byte >> (2 * ((index >> 5) & 3))) & 3) - 1);
  }
};

const POWERS_OF_3 = [1, 3, 9, 27, 81];

/** x = d · (q − 1): three values, five (at the end four) to a byte, as digits of a number below 1 in base 3. */
export const decodeTq1: DecodeBlock = (bytes, at, out, to) => {
  const scale = half(bytes, at + 52);
  let next = to;
  for (const [from, count, digits] of [
    [0, 32, 5],
    [32, 16, 5],
    [48, 4, 4],
  ]) {
    for (let digit = 0; digit < digits; digit++) {
      for (let index = 0; index < count; index++) {
        const shifted = (bytes[at + from + index] * POWERS_OF_3[digit]) & 255;
        out[next++] = scale * (((shifted * 3) >> 8) - 1);
      }
    }
  }
};
