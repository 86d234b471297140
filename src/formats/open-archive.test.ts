import { describe, expect, it } from 'vitest';
import { memorySource } from './byte-source';
import { openModel } from './open-model';
import { readFixtureFile } from './testing';
import { makeZip, type TestEntry } from './zip/testing';

const onnx = (name: string) => readFixtureFile(`onnx/${name}`);
const open = (entries: readonly TestEntry[]) => openModel([memorySource(makeZip(entries), 'packed.zip')]);

describe('a zip that holds the files of a model', () => {
  it.each([false, true])('is opened as if they had been dropped (deflated: %s)', async (isDeflated) => {
    const model = await open([
      { name: 'folder/', content: new Uint8Array(0) },
      { name: 'folder/external.onnx.data', content: onnx('external.onnx.data'), isDeflated },
      { name: 'folder/external.onnx', content: onnx('external.onnx'), isDeflated },
      { name: '__MACOSX/folder/._external.onnx', content: new Uint8Array(8) },
      { name: 'folder/README.md', content: new Uint8Array(8) },
    ]);
    expect([model.format, model.fileName]).toEqual(['onnx', 'folder/external.onnx']);
    expect(model.tensors.get('w')?.elementCount).toBe(24);
    expect(model.warnings).toEqual([]);
  });

  it('may hold another archive that is a model', async () => {
    const model = await open([
      { name: 'state-dict.pth', content: readFixtureFile('pytorch/state-dict.pth') },
    ]);
    expect([model.format, model.fileName]).toEqual(['pytorch', 'state-dict.pth']);
  });

  it('says that there are other models in it', async () => {
    const model = await open([
      { name: 'b.onnx', content: onnx('mlp.old.onnx') },
      { name: 'a.onnx', content: onnx('norms.old.onnx') },
    ]);
    expect(model.fileName).toBe('b.onnx');
    expect(model.warnings).toContain('The archive also holds "a.onnx", left out here.');
  });

  it('is opened by its network, not by what a trainer saved beside it', async () => {
    const model = await open([
      { name: 'checkpoint-500/optimizer.pt', content: readFixtureFile('pytorch/state-dict.pth') },
      { name: 'checkpoint-500/pytorch_model.bin', content: readFixtureFile('pytorch/state-dict.pth') },
      { name: 'checkpoint-500/rng_state_0.pth', content: readFixtureFile('pytorch/state-dict.pth') },
      { name: 'checkpoint-500/training_args.bin', content: readFixtureFile('pytorch/state-dict.pth') },
    ]);
    expect(model.fileName).toBe('checkpoint-500/pytorch_model.bin');
    expect(model.warnings).toEqual([]);
  });

  it('is not followed without end', async () => {
    let content = makeZip([{ name: 'mlp.onnx', content: onnx('mlp.old.onnx') }]);
    for (let depth = 0; depth < 4; depth++) content = makeZip([{ name: `${depth}.zip`, content }]);
    await expect(openModel([memorySource(content, 'deep.zip')])).rejects.toThrow(
      /Archives lie within archives/,
    );
  });

  it('is not unpacked without bounds', async () => {
    const content = new Uint8Array(8);
    const claims = { byteLength: 5_000_000_000, compressedBytes: 30_000_000 };
    await expect(open([{ name: 'model.onnx', content, isDeflated: true, claims }])).rejects.toThrow(
      /reaches into the one behind it|zip bombs|would become/,
    );
  });
});
