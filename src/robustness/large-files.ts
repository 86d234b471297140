/**
 * Makes model files of several gigabytes for the tests, in moments: their descriptions are written, their weights are holes
 * that take no room on the disk. Every one is a chain of square linear layers, without biases. Not part of the page.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PbfWriter } from 'pbf';

const LAYERS = 5;
const WIDTH = 16_384;
const TENSOR_BYTES = 4 * WIDTH * WIDTH;
/** 5.4 GB. */
export const WEIGHT_BYTES = LAYERS * TENSOR_BYTES;
export const PARAMETERS = LAYERS * WIDTH * WIDTH;

const names = Array.from({ length: LAYERS }, (_, index) => `${index}.weight`);

/** A run of bytes at its place in a file; between runs are holes. */
type Run = readonly [offset: number, bytes: Uint8Array];

function writeSparse(file: string, byteLength: number, runs: readonly Run[]): string {
  const handle = fs.openSync(file, 'w');
  for (const [offset, bytes] of runs) fs.writeSync(handle, bytes, 0, bytes.length, offset);
  fs.ftruncateSync(handle, byteLength);
  fs.closeSync(handle);
  return file;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Little-endian numbers, each with its size in bytes. */
function numbers(...fields: readonly [value: number, bytes: 1 | 2 | 4 | 8][]): Uint8Array {
  const buffer = Buffer.alloc(fields.reduce((total, [, bytes]) => total + bytes, 0));
  let position = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), position);
    else buffer.writeUIntLE(value, position, bytes);
    position += bytes;
  }
  return buffer;
}

function safetensors(file: string): string[] {
  const entry = (_: string, index: number) => ({
    dtype: 'F32',
    shape: [WIDTH, WIDTH],
    data_offsets: [index * TENSOR_BYTES, (index + 1) * TENSOR_BYTES],
  });
  const header = utf8(
    JSON.stringify(Object.fromEntries(names.map((name, index) => [name, entry(name, index)]))),
  );
  const head = Buffer.concat([numbers([header.length, 8]), header]);
  return [writeSparse(file, head.length + WEIGHT_BYTES, [[0, head]])];
}

/** The pickle of a state dict, protocol 2. */
function stateDictPickle(): Uint8Array {
  const counted = (length: number) => Buffer.from(numbers([length, 4])).toString('latin1');
  const text = (value: string) => `X${counted(value.length)}${value}`;
  const integer = (value: number) => `J${counted(value)}`;
  const pair = (first: number, second: number) => `${integer(first)}${integer(second)}\x86`;
  const tensors = names.map((name, index) => {
    const storage = `(${text('storage')}ctorch\nFloatStorage\n${text(String(index))}${text('cpu')}${integer(WIDTH * WIDTH)}tQ`;
    const view = `${integer(0)}${pair(WIDTH, WIDTH)}${pair(WIDTH, 1)}\x89}`;
    return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n(${storage}${view}tRs`;
  });
  return Buffer.from(`\x80\x02}${tensors.join('')}.`, 'latin1');
}

function pytorch(file: string): string[] {
  const runs: Run[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const add = (name: string, byteLength: number, content: Uint8Array) => {
    // Flags, method, time, date, checksum.
    const fixed: [number, 2 | 4][] = [
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
    ];
    const local = numbers([0x04034b50, 4], [45, 2], ...fixed, [0, 4], [0, 4], [name.length, 2], [0, 2]);
    const wide = numbers([1, 2], [24, 2], [byteLength, 8], [byteLength, 8], [offset, 8]);
    const all = 0xffffffff;
    directory.push(
      numbers([0x02014b50, 4], [45, 2], [45, 2], ...fixed, [all, 4], [all, 4], [name.length, 2]),
      numbers([wide.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [all, 4]),
      utf8(name),
      wide,
    );
    runs.push([offset, Buffer.concat([local, utf8(name), content])]);
    offset += local.length + name.length + byteLength;
  };
  const pickle = stateDictPickle();
  add('archive/data.pkl', pickle.length, pickle);
  for (const index of names.keys()) add(`archive/data/${index}`, TENSOR_BYTES, new Uint8Array(0));
  const listed = Buffer.concat(directory);
  const [count, start] = [1 + LAYERS, offset];
  const end64 = numbers([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8]);
  const end = Buffer.concat([
    ...[listed, end64, numbers([listed.length, 8], [start, 8])],
    numbers([0x07064b50, 4], [0, 4], [start + listed.length, 8], [1, 4]),
    numbers([0x06054b50, 4], [0, 4], [0xffff, 2], [0xffff, 2], [0xffffffff, 4], [0xffffffff, 4], [0, 2]),
  ]);
  runs.push([offset, end]);
  return [writeSparse(file, offset + end.length, runs)];
}

const ALIGNMENT = 32;

function gguf(file: string): string[] {
  const text = (value: string) => Buffer.concat([numbers([value.length, 8]), utf8(value)]);
  const infos = names.map((name, index) =>
    Buffer.concat([text(name), numbers([2, 4], [WIDTH, 8], [WIDTH, 8], [0, 4], [index * TENSOR_BYTES, 8])]),
  );
  const head = Buffer.concat([utf8('GGUF'), numbers([3, 4], [LAYERS, 8], [0, 8]), ...infos]);
  const dataStart = Math.ceil(head.length / ALIGNMENT) * ALIGNMENT;
  return [writeSparse(file, dataStart + WEIGHT_BYTES, [[0, head]])];
}

const FLOAT = 1;
const EXTERNAL = 1;

type Write = (writer: PbfWriter) => void;

const message = (writer: PbfWriter, field: number, write: Write) =>
  writer.writeMessage(field, (_, inner) => write(inner), undefined);

function writeExternalTensor(writer: PbfWriter, name: string, location: string, offset: number): void {
  for (const size of [WIDTH, WIDTH]) writer.writeVarintField(1, size);
  writer.writeVarintField(2, FLOAT);
  writer.writeStringField(8, name);
  const entries = { location, offset: String(offset), length: String(TENSOR_BYTES) };
  for (const [key, value] of Object.entries(entries)) {
    message(writer, 13, (entry) => {
      entry.writeStringField(1, key);
      entry.writeStringField(2, value);
    });
  }
  writer.writeVarintField(14, EXTERNAL);
}

function writeValue(writer: PbfWriter, name: string): void {
  writer.writeStringField(1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.writeVarintField(1, FLOAT);
      message(tensor, 2, (shape) => {
        for (const size of [1, WIDTH]) message(shape, 1, (dimension) => dimension.writeVarintField(1, size));
      });
    }),
  );
}

/** With its weights in a file beside it. */
function onnx(file: string): string[] {
  const data = `${file}.data`;
  const writer = new PbfWriter();
  writer.writeVarintField(1, 8);
  message(writer, 7, (graph) => {
    names.forEach((name, index) => {
      message(graph, 1, (node) => {
        node.writeStringField(1, `x${index}`);
        node.writeStringField(1, name);
        node.writeStringField(2, `x${index + 1}`);
        node.writeStringField(4, 'MatMul');
      });
      message(graph, 5, (tensor) =>
        writeExternalTensor(tensor, name, path.basename(data), index * TENSOR_BYTES),
      );
    });
    message(graph, 11, (value) => writeValue(value, 'x0'));
    message(graph, 12, (value) => writeValue(value, `x${LAYERS}`));
  });
  message(writer, 8, (opset) => opset.writeVarintField(2, 17));
  fs.writeFileSync(file, writer.finish());
  return [file, writeSparse(data, WEIGHT_BYTES, [])];
}

const WRITERS = { safetensors, pth: pytorch, gguf, onnx };

export const LARGE_FORMATS = Object.keys(WRITERS) as (keyof typeof WRITERS)[];

/** Makes a large model in a temporary folder and hands its files to `use`; afterwards they are gone. */
export async function withLargeModel<Result>(
  format: keyof typeof WRITERS,
  use: (files: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'large-model-'));
  try {
    return await use(WRITERS[format](path.join(folder, `large.${format}`)));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
