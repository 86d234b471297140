/**
 * Branched networks of keras.applications, saved without their architecture: what is inferred from the names of their layers
 * must be what the whole model says.
 */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '../../formats';
import { readFixtureFile } from '../../formats/testing';
import { expectSameGraph, inferred } from './testing';

const source = (name: string) =>
  memorySource(new Uint8Array(gunzipSync(readFixtureFile(`keras/applications/${name}.gz`))), name);

describe('weights of keras.applications', () => {
  it.each([
    ['resnet', /Keras’s ResNet/],
    ['densenet', /Keras’s DenseNet/],
    ['mobilenet-v2', /Keras’s MobileNetV2/],
    ['efficientnet', /Keras’s EfficientNet/],
  ])('%s: the graph of the whole model', { timeout: 60_000 }, async (name, family) => {
    const weights = source(`${name}.weights.h5`);
    const alone = await inferred(await openModel([weights]));
    const whole = await inferred(await openModel([weights, source(`${name}.json`)]));
    expect(alone.network.inference?.family).toMatch(family);
    expect(alone.graph.unplaced).toEqual([]);
    expect(whole.network.inference).toBeUndefined();
    await expectSameGraph(alone.graph, whole.graph);
  });
});
