import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobSource, memorySource } from './byte-source';
import type { ModelFile } from './model-file';
import { openModel } from './open-model';
import { writeSafetensors } from './safetensors-writer';
import { storedBytes } from './stored-bytes';
import { readTensor, type StoredTensor } from './tensor';
import { readFixtureFile } from './testing';

const open = (file: string) => openModel([memorySource(readFixtureFile(file), path.basename(file))]);

const again = async (model: ModelFile, elements?: ReadonlyMap<string, Float32Array>) =>
  await openModel([blobSource(await writeSafetensors(model, model, elements), 'written.safetensors')]);

const FOLDERS = ['state-dicts', 'pytorch', 'gguf', 'numpy', 'tflite', 'onnx'];
const FILES = FOLDERS.flatMap((folder) =>
  fs
    .readdirSync(path.resolve(import.meta.dirname, '../../training/fixtures', folder))
    .filter((name) => /\.(safetensors|pt|pth|gguf|npz|tflite|onnx)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** Files that do not open by themselves. */
async function openOrSkip(file: string): Promise<ModelFile | undefined> {
  try {
    return await open(file);
  } catch {
    return undefined;
  }
}

describe('safetensors', () => {
  it('holds every tensor of every fixture, bit for bit where its type has a name there', async () => {
    let [files, exact, decoded] = [0, 0, 0];
    for (const file of FILES) {
      const model = await openOrSkip(file);
      if (!model || file.endsWith('enormous.onnx')) continue;
      const written = await again(model);
      expect([...written.tensors.keys()].sort(), file).toEqual([...model.tensors.keys()].sort());
      expect(written.metadata).toEqual(model.metadata);
      for (const [name, tensor] of model.tensors) {
        const copy = written.tensors.get(name) as StoredTensor;
        expect(copy.shape).toEqual(tensor.shape);
        if (copy.type === tensor.type && tensor.storage.kind !== 'encoded') {
          expect(await storedBytes(copy), `${file}: ${name}`).toEqual(await storedBytes(tensor));
          exact++;
        } else {
          expect(await readTensor(copy), `${file}: ${name}`).toEqual(await readTensor(tensor));
          decoded++;
        }
      }
      files++;
    }
    expect(files).toBeGreaterThan(100);
    expect(exact).toBeGreaterThan(2000);
    expect(decoded).toBeGreaterThan(20);
  });

  it('has the elements that were edited, and the bits of all others', async () => {
    const model = await open('state-dicts/lenet.safetensors');
    const [name, tensor] = [...model.tensors][0];
    const elements = new Float32Array(await readTensor(tensor));
    elements[3] = 0.25;
    const written = await again(model, new Map([[name, elements]]));
    expect(await readTensor(written.tensors.get(name) as StoredTensor)).toEqual(elements);
    for (const [other, { storage }] of model.tensors) {
      if (other === name || storage.kind !== 'bytes') continue;
      const copy = written.tensors.get(other) as StoredTensor;
      expect(await storedBytes(copy)).toEqual(await storedBytes(model.tensors.get(other) as StoredTensor));
    }
  });
});
