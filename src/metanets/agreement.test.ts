/**
 * The metanets that the page ships, on trained networks of every kind that its zoos have: the plain references, and GMN in
 * WebAssembly, held to PyTorch (training/zoo/agreement.py).
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { OwnThread, runGmnOnCpu } from '../engine';
import { openPublic, packInput, relativeDifference } from '../testing';
import { arrangement } from './arrangement';
import { type Checkpoint, readCheckpoint } from './checkpoint';
import { gmnWeights } from './gmn';
import type { MetanetInput } from './input';
import { openMetanet } from './open-metanet';
import { weightsSum } from './weights-sum';

const FOLDER = path.resolve(import.meta.dirname, '../../training/fixtures/agreement');
/** float32 of the engines against float64. */
const SAME_NUMBERS = 1e-5;

interface Agreement {
  readonly networks: readonly string[];
  /** [ARRANGEMENT_FEATURES] each. */
  readonly arrangements: readonly (readonly number[])[];
  readonly metanets: Readonly<
    Record<string, { readonly checkpoint: string; readonly outputs: readonly (readonly number[])[] }>
  >;
}

describe.each(fs.readdirSync(FOLDER))('networks of the zoo %s', (file) => {
  const zoo = path.basename(file, '.json');
  const { networks, arrangements, metanets }: Agreement = JSON.parse(
    fs.readFileSync(path.join(FOLDER, file), 'utf8'),
  );
  let inputs: MetanetInput[];
  beforeAll(async () => {
    const pack = await openPublic(`zoo/${zoo}.safetensors`);
    inputs = await Promise.all(networks.map((name) => packInput(pack, name)));
  });

  it('are arranged as training says', () => {
    inputs.forEach((input, index) => {
      expect(relativeDifference(arrangement(input), arrangements[index]), networks[index]).toBeLessThan(1e-9);
    });
  });

  it.each(Object.keys(metanets))('get from %s what PyTorch gives them', async (metanet) => {
    const checkpoint = await readCheckpoint(await openPublic(`checkpoints/${zoo}/${metanet}.safetensors`));
    const { checkpoint: sum, outputs } = metanets[metanet];
    expect(sum, 'python -m training.zoo.publish makes the outputs anew').toBe(weightsSum(checkpoint.tensors));
    const run = openMetanet(checkpoint);
    inputs.forEach((input, index) => {
      const own = run(input).outputs;
      expect(relativeDifference(own, outputs[index]), networks[index]).toBeLessThan(SAME_NUMBERS);
    });
    if (metanet === 'gmn') await expectSameInWebAssembly(checkpoint, inputs, outputs);
  });
});

async function expectSameInWebAssembly(
  checkpoint: Checkpoint,
  inputs: readonly MetanetInput[],
  wanted: readonly (readonly number[])[],
): Promise<void> {
  const thread = new OwnThread();
  const found = await runGmnOnCpu(gmnWeights(checkpoint), inputs, [thread], { budgetBytes: 2 ** 28 });
  found.forEach(({ outputs }, index) => {
    expect(relativeDifference(outputs, wanted[index])).toBeLessThan(SAME_NUMBERS);
  });
}
