/** Layers that normalise. ONNX wants the channels on axis 1 for all but layer norms. */
import type { Flow } from '../../program-builder';
import { type Layer, NotTranslatedError, type Translation } from './layer';

/** Axes as Keras 2 or 3 writes them: a number, or a list of one. */
function axesOf({ config }: Layer, fallback: number): number[] {
  return config.numbers('axis') ?? [config.number('axis', fallback)];
}

/** Moves the normalised axis to the place of the channels, and back. */
function onChannels(layer: Layer, axis: number, norm: (input: Flow) => Flow): Flow {
  const { input } = layer;
  const { rank } = input;
  const at = axis < 0 ? axis + rank : axis;
  if (at === 1 || rank < 3) return norm(input);
  if (at !== rank - 1) throw new NotTranslatedError(`normalises axis ${axis} of ${rank}`);
  const spatial = Array.from({ length: rank - 2 }, (_, index) => index + 1);
  const output = norm(layer.permute(input, [0, rank - 1, ...spatial]));
  return layer.permute(output, [0, ...spatial.map((index) => index + 1), 1]);
}

const batch: Translation = (layer) => {
  const { config } = layer;
  const [gamma, beta, mean, variance] = layer.weights([
    config.flag('scale', true) && 'gamma',
    config.flag('center', true) && 'beta',
    'moving_mean',
    'moving_variance',
  ]);
  const axes = axesOf(layer, -1);
  if (axes.length !== 1) throw new NotTranslatedError('normalises several axes at once');
  return [
    onChannels(layer, axes[0], (input) =>
      layer.add('BatchNormalization', [input, gamma, beta, mean, variance], input.rank, {
        epsilon: config.number('epsilon', 1e-3),
      }),
    ),
  ];
};

/** A layer that is fitted to the data before training: mean and variance without a scale of its own. */
const normalization: Translation = (layer) => {
  const { input, config } = layer;
  // Given as arguments, they are no weights.
  if (config.get('mean') !== undefined) return [input];
  const axes = axesOf(layer, -1);
  if (axes.length !== 1) throw new NotTranslatedError('normalises several axes at once');
  const [mean, variance] = layer.weights(['mean', 'variance']);
  return [
    onChannels(layer, axes[0], (flow) =>
      layer.add('BatchNormalization', [flow, '', '', mean, variance], flow.rank, { epsilon: 0 }),
    ),
  ];
};

/** Over the last axes. `epsilon`: Keras's own, where the layer does not say. */
function overLast(layer: Layer, type: string, names: readonly (string | false)[], epsilon: number): Flow[] {
  const { input, config } = layer;
  const axes = axesOf(layer, -1).map((axis) => (axis < 0 ? axis : axis - input.rank));
  const isLast = axes.length === -Math.min(...axes);
  if (!isLast) throw new NotTranslatedError('normalises axes that are not the last ones');
  const weights = layer.weights(names);
  return [
    layer.add(type, [input, ...weights], input.rank, {
      axis: -axes.length,
      epsilon: config.number('epsilon', epsilon),
    }),
  ];
}

const layerNorm: Translation = (layer) => {
  const { config } = layer;
  const isRms = config.flag('rms_scaling', false);
  const gamma = config.flag('scale', true) && 'gamma';
  if (isRms) return overLast(layer, 'RMSNormalization', [gamma], 1e-3);
  return overLast(layer, 'LayerNormalization', [gamma, config.flag('center', true) && 'beta'], 1e-3);
};

const rmsNorm: Translation = (layer) => overLast(layer, 'RMSNormalization', ['scale'], 1e-6);

const group: Translation = (layer) => {
  const { config } = layer;
  const [gamma, beta] = layer.weights([
    config.flag('scale', true) && 'gamma',
    config.flag('center', true) && 'beta',
  ]);
  const groups = config.number('groups', 32);
  return [
    onChannels(layer, axesOf(layer, -1)[0], (input) =>
      layer.add('GroupNormalization', [input, gamma, beta], input.rank, {
        num_groups: groups,
        epsilon: config.number('epsilon', 1e-3),
      }),
    ),
  ];
};

/** One factor for each channel (ConvNeXt's and other vision transformers'). */
const layerScale: Translation = (layer) => {
  const { input } = layer;
  return [layer.add('Mul', [input, ...layer.weights(['gamma'])], input.rank)];
};

const unit: Translation = (layer) => [layer.add('LpNormalization', [layer.input], layer.input.rank)];

export const NORMS: readonly (readonly [string, Translation])[] = [
  ['BatchNormalization', batch],
  ['BatchNormalizationV1', batch],
  ['BatchNormalizationV2', batch],
  ['SyncBatchNormalization', batch],
  ['LayerNormalization', layerNorm],
  ['RMSNormalization', rmsNorm],
  ['GroupNormalization', group],
  ['LayerScale', layerScale],
  ['UnitNormalization', unit],
  ['Normalization', normalization],
];
