/** Layers that hold another one. */
import { entry, readLayer } from '../config';
import { isFlow, type Layer, NotTranslatedError, type Translation } from './layer';

function inner(layer: Layer, name = 'layer') {
  const json = layer.config.get(name);
  if (entry(json, 'class_name') === undefined) throw new NotTranslatedError('does not say what it wraps');
  return readLayer(json ?? null);
}

/** The same layer at every step: steps take the place of the batch, of which there is one. */
const timeDistributed: Translation = (layer) => {
  const { input, path, scope, named } = layer;
  const steps = layer.add('Squeeze', [input], input.rank - 1, { axes: [0] });
  const results = layer.translate(inner(layer), path, scope.part('layer'), [steps], named);
  return results.map((result) => layer.add('Unsqueeze', [result], result.rank + 1, { axes: [0] }));
};

/** When the network is used, the normalised kernel is what is stored. */
const spectral: Translation = (layer) =>
  layer.translate(inner(layer), layer.path, layer.scope.part('layer'), layer.positional, layer.named);

const MERGES = new Map([
  ['concat', 'Concat'],
  ['sum', 'Add'],
  ['ave', 'Add'],
  ['mul', 'Mul'],
]);

/** One that reads forwards and one that reads backwards. */
const bidirectional: Translation = (layer) => {
  const { config, path, scope, positional, named } = layer;
  const forward = inner(layer);
  const backward = config.get('backward_layer') === undefined ? forward : inner(layer, 'backward_layer');
  const states = positional.slice(1);
  if (states.some(isFlow)) throw new NotTranslatedError('is given the states to begin with');
  const parts = [
    { one: forward, key: 'forward_layer', pattern: /^forward_/, isReversed: false },
    { one: backward, key: 'backward_layer', pattern: /^backward_/, isReversed: true },
  ];
  const [[first, ...firstStates], [second, ...secondStates]] = parts.map(
    ({ one, key, pattern, isReversed }) => {
      const turned = {
        ...one,
        config: one.config.with('go_backwards', isReversed),
      };
      return layer.translate(turned, `${path}/${key}`, scope.part(key, pattern), positional, named);
    },
  );
  const mode = config.text('merge_mode');
  if (mode === '') return [first, second, ...firstStates, ...secondStates];
  const type = MERGES.get(mode);
  if (!type) throw new NotTranslatedError(`joins its directions by "${mode.slice(0, 40)}"`);
  const attributes = type === 'Concat' ? { axis: -1 } : {};
  return [layer.add(type, [first, second], first.rank, attributes), ...firstStates, ...secondStates];
};

export const WRAPPERS: readonly (readonly [string, Translation])[] = [
  ['TimeDistributed', timeDistributed],
  ['SpectralNormalization', spectral],
  ['Bidirectional', bidirectional],
];
