/** Files that were made to do harm (training/fixtures/make_hostile.py): what each is told, and that it is told in time. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ByteSource, FormatError, memorySource, openModel, type PythonImport } from '../formats';
import { riskOf } from '../formats/pickle/risk';
import { readFixtureFile, readFixtureJson, startClock } from '../formats/testing';
import { buildGraph } from '../graph';
import { readNetwork, UnsupportedModelError } from '../network';

const FOLDER = path.resolve(import.meta.dirname, '../../training/fixtures/hostile');
const MAX_MS = 2000;

const sourceOf = (name: string) => memorySource(readFixtureFile(`hostile/${name}`), path.basename(name));

async function timed<Result>(run: () => Promise<Result>): Promise<Result> {
  const elapsedMs = startClock();
  try {
    return await run();
  } finally {
    expect(elapsedMs()).toBeLessThan(MAX_MS);
  }
}

/** Parameters on the graph, or the error that was told. */
const outcomeOf = (source: ByteSource) =>
  timed(async () => {
    try {
      const { parameters } = buildGraph(await readNetwork(await openModel([source])));
      return `${parameters.placed} of ${parameters.all} parameters`;
    } catch (error) {
      expect(error instanceof FormatError || error instanceof UnsupportedModelError).toBe(true);
      return (error as Error).message;
    }
  });

const CALLS = readFixtureJson<Record<string, string[]>>('hostile/calls.json');
const dangerous = (imports: readonly PythonImport[] = []) =>
  imports.filter(({ risk }) => risk === 'dangerous').map(({ name }) => name);

describe('pickles that would run code', () => {
  it.each(Object.entries(CALLS))('%s: what Python would call is told', async (name, calls) => {
    try {
      const { pythonImports } = await timed(() => openModel([sourceOf(`pickle/${name}`)]));
      expect(dangerous(pythonImports)).toEqual(expect.arrayContaining(calls));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      expect(error.message).toContain('Loading this file in Python could run code');
      expect(error.message).toContain(calls[0]);
    }
  });

  it.each(CALLS['direct-calls.pkl'])('a call of %s is flagged', (name) => {
    const place = name.lastIndexOf('.');
    expect(riskOf({ kind: 'global', module: name.slice(0, place), name: name.slice(place + 1) })).toBe(
      'dangerous',
    );
  });
});

const EXPECTED: Readonly<Record<string, RegExp>> = {
  'zip/ratio.zip': /claims to unpack from \d+ to 2147483648 bytes, as zip bombs do/,
  'zip/ratio-below-the-bound.zip': /not a model that can be read/,
  'zip/claims-less.zip': /not a model that can be read/,
  'zip/overlap.zip': /reaches into the one behind it/,
  'zip/quoted-overlap.zip': /reaches into the one behind it/,
  'zip/shared-entry.zip': /reaches into the one behind it/,
  'zip/many-entries.zip': /claims 65534 entries in a directory of 56 bytes/,
  'zip/zip64-many-entries.zip': /claims 1152921504606847000 entries in a directory of 46 bytes/,
  'zip/zip64-directory-outside.zip': /places its directory outside the file/,
  'zip/zip64-record-outside.zip': /places its zip64 record outside the file/,
  'zip/zip64-record-is-itself.zip': /places its zip64 record outside the file/,
  'zip/zip64-sizes.zip': /reaches into the one behind it/,
  'zip/encrypted.zip': /is encrypted.*Unpack the archive/,
  'zip/duplicate-names.zip': /two entries named "archive\/data\.pkl"/,
  'zip/unknown-method.zip': /packed with method 99/,
  'zip/path-traversal.zip': /not a model that can be read \(C:\\model\.onnx\)/,
  'zip/nested.zip': /Archives lie within archives.*Unpack them first/,
  'zip/no-directory.zip': /no directory at its end/,
  'zip/prefixed-name.zip': /nothing in it says that it is a model/,
  'onnx/cycle.onnx': /wait for one another's results in a circle/,
  'onnx/reads-itself.onnx': /wait for one another's results in a circle/,
  'onnx/written-twice.onnx': /^9 of 9 parameters/,
  'onnx/deep-graphs.onnx': /nested more than 32 deep/,
  'onnx/deep-types.onnx': /^9 of 9 parameters/,
  'onnx/function-of-itself.onnx': /Function "f" calls itself/,
  'onnx/functions-of-each-other.onnx': /Function "f" calls itself/,
  'onnx/doubling-functions.onnx': /more than 100000 operators/,
  'onnx/enormous-tensor.onnx': /more elements than any model has/,
  'onnx/negative-tensor.onnx': /claims a dimension of -3/,
  'onnx/wrong-length.onnx': /needs 36 bytes and has 35/,
  'onnx/external-outside.onnx': /keeps its weights in another file: "passwd"/,
  'onnx/external-lies.onnx': /keeps its weights in another file: "weights\.bin"/,
  'onnx/constant-of-shape.onnx': /^1099511627776 of 1099511627776 parameters/,
  'onnx/endless-loop.onnx': /a graph of operators and no weights/,
  'onnx/enormous-input.onnx': /too many neurons to draw/,
  'onnx/enormous-group.onnx': /has a group of 4611686018427388000/,
  'onnx/names-of-objects.onnx': /^9 of 9 parameters/,
  // Found by mutants: each has crashed the reader, or kept it busy.
  'onnx/flat-attention.onnx': /^9 of 9 parameters/,
  'onnx/padded-scalar.onnx': /^9 of 9 parameters/,
  'onnx/padded-list.onnx': /^9 of 9 parameters/,
  'onnx/padded-channels.onnx': /^9 of 9 parameters/,
  'onnx/multiplied-scalar.onnx': /^9 of 9 parameters/,
  'onnx/turned-emptiness.onnx': /^9 of 9 parameters/,
  'onnx/negative-expansion.onnx': /^9 of 9 parameters/,
  'onnx/negative-shape.onnx': /^9 of 9 parameters/,
  'onnx/many-parts.onnx': /^9 of 9 parameters/,
  'onnx/long-parts.onnx': /^9 of 9 parameters/,
  'onnx/joined-nothing.onnx': /^9 of 9 parameters/,
  'onnx/group-of-zero.onnx': /has a group of 0/,
  'onnx/negative-group.onnx': /has a group of -1/,
  'onnx/negative-norm-groups.onnx': /has a num_groups of -2/,
  'onnx/flat-convolution.onnx': /reads axis 1 of 1/,
  'onnx/gemm-of-a-vector.onnx': /Gemm "Gemm 0" reads/,
  'onnx/no-channels.onnx': /no parameter graph to draw/,
  'onnx/empty-weight.onnx': /a graph of operators and no weights/,
  // Lists of many millions, asked for by a few hundred bytes.
  'onnx/expanded-numbers.onnx': /^12 of 12 parameters/,
  'onnx/compared-numbers.onnx': /^12 of 12 parameters/,
  'onnx/enormous-map.onnx': /^12 of 12 parameters/,
  'onnx/enormous-layer.onnx': /too many neurons to draw/,
  'onnx/sums-of-all-pairs.onnx': /^12288 of 12288 parameters/,
  'onnx/tiled-parts.onnx': /^12 of 12 parameters/,
  'hdf5/tree-of-itself.h5': /B-tree is on a wrong level/,
  'hdf5/group-in-itself.h5': /none of its datasets is a weight/,
  'hdf5/header-goes-on-in-itself.h5': /none of its datasets is a weight/,
  'hdf5/root-outside.h5': /lies outside the file/,
  'hdf5/heap-outside.h5': /lies outside the file/,
  'hdf5/root-is-superblock.h5': /header of version 137, which is not known/,
  'gguf/arrays-of-arrays.gguf': /nested deeper, or longer, than in any model/,
  'gguf/wide-arrays-of-arrays.gguf': /nested deeper, or longer, than in any model/,
  'gguf/long-array.gguf': /skips 9223372036854776000 bytes/,
  'gguf/long-text.gguf': /needs 4096 more bytes, the file has 0/,
  'gguf/many-entries.gguf': /claims 1152921504606847000 entries/,
  'gguf/many-tensors.gguf': /claims 1152921504606847000 tensors/,
  'gguf/no-alignment.gguf': /aligned to 0 bytes/,
  'gguf/many-axes.gguf': /claims 2147483648 dimensions/,
  'gguf/enormous-tensor.gguf': /more elements than any model has/,
  'gguf/tensor-outside.gguf': /no multiple of 32/,
  'gguf/many-parts.gguf': /one of 65535 parts/,
  'description/long-header.safetensors': /not a model that can be read/,
  'description/header-behind-the-end.safetensors': /claims 90000000 bytes, the file has 10/,
  'description/beyond-the-end.safetensors': /ends 3999984 bytes after the end of the file/,
  'description/overlapping.safetensors': /do not follow the one before it/,
  'description/negative.safetensors': /not \{dtype, shape, data_offsets\}/,
  'description/names-of-objects.safetensors': /^8 of 8 parameters/,
  'description/nested.safetensors': /not \{dtype, shape, data_offsets\}/,
  'description/nested.model.json': /configuration of a Keras model and holds no weights/,
  'description/nested-lists.model.json': /a graph of operators and no weights/,
};

describe('files that lie about themselves', () => {
  it.each(Object.entries(EXPECTED))('%s: %s', async (name, sentence) => {
    expect(await outcomeOf(sourceOf(name))).toMatch(sentence);
  });

  it.each([
    ['operators', 0x0a],
    ['tensors', 0x2a],
    ['inputs', 0x5a],
    ['outputs', 0x62],
  ])('two million empty %s are refused before they are read', async (name, tag) => {
    const count = 2_000_000;
    const length = [2 * count, (2 * count) >> 7, (2 * count) >> 14, (2 * count) >> 21];
    const head = [0x08, 0x08, 0x3a, ...length.map((part, index) => (part & 127) | (index < 3 ? 128 : 0))];
    const bytes = new Uint8Array(head.length + 2 * count);
    bytes.set(head);
    for (let part = 0; part < count; part++) bytes[head.length + 2 * part] = tag;
    const outcome = await outcomeOf(memorySource(bytes, `many-${name}.onnx`));
    expect(outcome).toMatch(/more than 300000 operators, tensors, inputs and outputs/);
  });

  it('are all told apart here', () => {
    const files = fs
      .readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => /^(?!pickle).*[/\\]/.test(name))
      .map((name) => name.replaceAll(path.sep, '/'));
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
