/** Damage to a pickle that leaves it a run of instructions: some left out, doubled, exchanged, with other numbers and names. */
import * as op from '../formats/pickle/opcodes';
import type { Random } from '../graph';
import { at, type Mutate, mutateBytes, ODD_NAMES, oneOf } from './mutate-bytes';

const table = (...rows: readonly [number, readonly number[]][]) =>
  new Map(rows.flatMap(([value, codes]) => codes.map((code): [number, number] => [code, value])));

/** How many bytes follow an instruction. */
const FIXED = table(
  [1, [op.BININT1, op.BINGET, op.BINPUT, op.PROTO, op.EXT1]],
  [2, [op.BININT2, op.EXT2]],
  [4, [op.BININT, op.LONG_BINGET, op.LONG_BINPUT, op.EXT4]],
  [8, [op.BINFLOAT, op.FRAME]],
);
/** How many bytes say how many follow. */
const COUNTED = table(
  [1, [op.SHORT_BINSTRING, op.LONG1, op.SHORT_BINBYTES, op.SHORT_BINUNICODE]],
  [4, [op.BINSTRING, op.BINUNICODE, op.BINBYTES, op.LONG4]],
  [8, [op.BINUNICODE8, op.BINBYTES8, op.BYTEARRAY8]],
);
/** How many lines follow. */
const LINES = table(
  [1, [op.FLOAT, op.INT, op.LONG, op.PERSID, op.STRING, op.UNICODE, op.GET, op.PUT]],
  [2, [op.GLOBAL, op.INST]],
);

const NEWLINE = 10;

function endOf(bytes: Uint8Array, start: number): number {
  const code = bytes[start];
  const counted = COUNTED.get(code);
  if (counted) {
    let length = 0;
    for (let index = Math.min(counted, 4); index > 0; index--) length = length * 256 + bytes[start + index];
    return start + 1 + counted + length;
  }
  let end = start + 1 + (FIXED.get(code) ?? 0);
  for (let lines = LINES.get(code) ?? 0; lines > 0; lines--) {
    const newline = bytes.indexOf(NEWLINE, end);
    end = newline < 0 ? bytes.length : newline + 1;
  }
  return end;
}

/** The instructions of a pickle, each with what belongs to it; the last is whatever stands behind STOP. */
function instructionsOf(bytes: Uint8Array): Uint8Array[] {
  const instructions: Uint8Array[] = [];
  let position = 0;
  while (position < bytes.length) {
    const isStop = bytes[position] === op.STOP;
    const end = endOf(bytes, position);
    instructions.push(bytes.subarray(position, end));
    position = end;
    if (isStop) break;
  }
  return [...instructions, bytes.subarray(position)];
}

const SIMPLE = [
  op.MARK,
  op.POP,
  op.POP_MARK,
  op.DUP,
  op.NONE,
  op.REDUCE,
  op.BUILD,
  op.APPEND,
  op.APPENDS,
  op.SETITEM,
  op.SETITEMS,
  op.TUPLE,
  op.TUPLE2,
  op.EMPTY_DICT,
  op.EMPTY_LIST,
  op.NEWOBJ,
  op.NEWOBJ_EX,
  op.OBJ,
  op.STACK_GLOBAL,
  op.MEMOIZE,
  op.BINPERSID,
  op.FROZENSET,
  op.ADDITEMS,
  op.STOP,
];

function named(random: Random): Uint8Array {
  const name = new TextEncoder().encode(oneOf(ODD_NAMES, random));
  return Uint8Array.of(op.SHORT_BINUNICODE, name.length, ...name);
}

export const mutatePickle: Mutate = (bytes, random) => {
  const instructions = instructionsOf(bytes);
  for (let changes = 1 + at(4, random); changes > 0; changes--) {
    const index = at(instructions.length, random);
    const other = oneOf(instructions, random);
    const kind = at(7, random);
    if (kind === 0) instructions.splice(index, 1);
    else if (kind === 1) instructions.splice(index, 0, other);
    else if (kind === 2) instructions[index] = other;
    else if (kind === 3) instructions.splice(index, 0, Uint8Array.of(oneOf(SIMPLE, random)));
    else if (kind === 4) instructions[index] = named(random);
    else if (kind === 5) instructions.splice(index, 0, Uint8Array.of(op.BINGET, at(40, random)));
    else instructions[index] = mutateBytes(instructions[index], other, random);
    if (instructions.length === 0) break;
  }
  return new Uint8Array(Buffer.concat(instructions));
};
