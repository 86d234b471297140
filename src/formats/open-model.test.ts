import { describe, expect, it } from 'vitest';
import { readFixture } from '../testing';
import { memorySource } from './byte-source';
import { FormatError } from './format-error';
import { openModel } from './open-model';
import { readTensor } from './tensor';
import { makeZip } from './zip/testing';

const open = (bytes: Uint8Array, name = 'model.onnx') => openModel([memorySource(bytes, name)]);

async function values(model: Awaited<ReturnType<typeof open>>, name: string): Promise<number[]> {
  const tensor = model.tensors.get(name);
  if (!tensor) throw new Error(`no tensor ${name}`);
  return [...(await readTensor(tensor))];
}

describe('ONNX', () => {
  it('gives producer, opset, operators and inputs', async () => {
    const model = await open(readFixture('mlp.old.onnx'));
    expect(model.producer).toMatch(/^pytorch/);
    expect(model.opset).toBe(16);
    expect(model.program?.operators.map(({ type }) => type)).toContain('BatchNormalization');
    expect(model.program?.inputs).toEqual([{ name: 'input', shape: [1, 5], elementType: 1 }]);
  });

  it('decodes half precision and bfloat16', async () => {
    const half = await open(readFixture('half-precision.onnx'));
    expect(half.tensors.get('w16')?.type).toBe('float16');
    expect(half.tensors.get('v16')?.type).toBe('bfloat16');
    const full = await open(readFixture('constants.onnx'));
    const v = full.program?.operators.find(({ type }) => type === 'Constant')?.attributes.get('value');
    const exact = v?.kind === 'tensor' ? [...(await readTensor(v.value))] : [];
    expect(exact).toHaveLength(18);
    (await values(half, 'v16')).forEach((value, index) => {
      expect(Math.abs(value - exact[index])).toBeLessThan(2 ** -8 * Math.abs(exact[index]));
    });
  });

  it('reads weights from the file that was dropped beside the model, whichever comes first', async () => {
    const sources = [
      memorySource(readFixture('external.onnx.data'), 'external.onnx.data'),
      memorySource(readFixture('external.onnx'), 'external.onnx'),
    ];
    const model = await openModel(sources);
    expect(model.fileName).toBe('external.onnx');
    expect(await values(model, 'w')).toHaveLength(24);
  });

  it('asks for the file that holds the weights by its name', async () => {
    const error = await open(readFixture('external.onnx')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toMatch(/another file: "external.onnx.data".*Drop both files together/);
  });

  it('says when the neighbouring file is too short', async () => {
    const sources = [
      memorySource(readFixture('external.onnx'), 'external.onnx'),
      memorySource(new Uint8Array(8), 'external.onnx.data'),
    ];
    await expect(openModel(sources)).rejects.toThrow(/do not belong together/);
  });

  it('refuses a file cut anywhere, or opens what is whole', async () => {
    const bytes = readFixture('mlp.old.onnx');
    for (let length = 1; length < bytes.length; length += 37) {
      const error = await open(bytes.subarray(0, length)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(FormatError);
    }
  });
});

describe('other files', () => {
  const text = (content: string) => Uint8Array.from(content, (letter) => letter.charCodeAt(0));
  const zip = (...names: string[]) => makeZip(names.map((name) => ({ name, content: text('x') })));
  it.each([
    ['nothing', new Uint8Array(0), /The file is empty/],
    ['half a zip archive', text('PK\x03\x04........'), /zip archive has no directory.*cut short/],
    ['half a PyTorch file', text('\x80\x02\x8a\x0al\xfc'), /pickle ends in the middle.*cut short/],
    ['a pickle in text', text("cposix\nsystem\n(S'echo'\ntR."), /no network.*could run code/],
    ['a Keras archive of nothing', zip('config.json', 'model.weights.h5'), /not valid JSON.*save the model/],
    ['an archive of no arrays', zip('a.npy', 'b.npy'), /NumPy array ends before its header/],
    ['an archive of something else', zip('notes.txt'), /nothing in it says that it is a model/],
    ['a tar archive', text('storages'.padEnd(257, '\0').concat('ustar\x0000')), /tar archive.*torch\.load/],
    ['HDF5', text('\x89HDF\r\n\x1a\n'), /HDF5/],
    [
      'half a TensorFlow Lite file',
      text('\x1c\0\0\0TFL3....'),
      /end of the file.*TensorFlow Lite.*cut short/,
    ],
    ['half a GGUF file', text('GGUF\x03\0\0\0'), /the file has 0.*GGUF.*cut short/],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
    ['a SavedModel', text('\x08\x01\x12\x08\x0a\x06\x12\x04test'), /SavedModel of TensorFlow .*\. .*tf2onnx/],
    ['a frozen graph', text('\x0a\x0e\x0a\x05input\x12\x05Const'), /graph of TensorFlow .*\. .*tf2onnx/],
    ['a Core ML model', text('\x08\x04\x12\x04\x0a\x02hi\xa2\x1f\x02\x08\x01'), /Core ML .*\. .*onnxmltools/],
    [
      'a file of joblib',
      text('\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}b\x0b'),
      /file of joblib.*numpy\.savez/,
    ],
    ['a web page', text('<!DOCTYPE html><html>'), /web page/],
    ['text', text('Hello, world. This is no model.'), /not a model that can be read/],
    ['zeros', new Uint8Array(100), /not a model that can be read/],
  ])('refuses %s, saying what it is and what to do', async (_, bytes, message) => {
    await expect(open(bytes, 'dropped.bin')).rejects.toThrow(FormatError);
    await expect(open(bytes, 'dropped.bin')).rejects.toThrow(message);
  });

  it('names the file in every refusal', async () => {
    await expect(open(new Uint8Array(0), 'mine.onnx')).rejects.toThrow(/mine\.onnx/);
  });
});
