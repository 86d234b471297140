/**
 * Implicit neural representations with sine activations (SIREN): a picture's or a shape's values as a function of place.
 * Numbered modules that hold a linear layer each, and the sine within; the last one may be the layer itself.
 */
import type { Family } from '../family';
import type { InferenceBuilder } from '../inference-builder';
import { activation, linear, need, needModule } from '../layers';
import type { Module } from '../module';

/** Places have two or three coordinates, sometimes with a time. */
const MAX_COORDINATES = 4;

/** True for a layer that reads places. */
function readsPlaces(layer: Module | undefined): boolean {
  const [, coordinates] = layer?.tensor('weight')?.shape ?? [];
  return coordinates !== undefined && coordinates <= MAX_COORDINATES;
}

function writeSines(builder: InferenceBuilder, layers: readonly Module[]): void {
  const [, coordinates] = need(layers[0], 'weight').shape;
  const last = layers.length - 1;
  const outputs = layers.reduce((x, layer, index) => {
    const y = linear(builder, x, layer);
    return index < last ? activation(builder, y) : y;
  }, builder.input(coordinates));
  builder.output(outputs);
}

/** Modules net.0.linear, net.1.linear, …, and net.4 or final_linear. */
export const SIREN: Family = {
  name: 'SIREN',
  bodies: ['net', 'layers', 'seq', 'model'],
  signs: ['0.linear.weight', '1.linear.weight'],
  activation: 'Sin',
  isMeant: (body) => readsPlaces(body.child('0.linear')),
  write(builder, { root, body }) {
    const layers = body.numbered.map(({ module }) => module.child('linear') ?? module);
    const final = root.child('final_linear') ?? root.child('last_layer.linear') ?? root.child('last_layer');
    writeSines(builder, final ? [...layers, final] : layers);
  },
};

/** The zoos of weight-space learning call their layers seq.0, seq.1, …: a sine within, or there would be gaps. */
export const NUMBERED_SIREN: Family = {
  name: 'the SIRENs of weight-space learning',
  signs: ['seq.0.weight', 'seq.1.weight', 'seq.2.weight'],
  activation: 'Sin',
  isMeant: (body) => readsPlaces(body.child('seq.0')),
  write(builder, { body }) {
    const layers = needModule(body, 'seq').numbered.map(({ module }) => module);
    writeSines(builder, layers);
  },
};
