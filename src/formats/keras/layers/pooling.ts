/** Layers that shrink positions. */
import { type Layer, NotTranslatedError, type Translation } from './layer';

function windowed(type: 'MaxPool' | 'AveragePool', axes: number): Translation {
  return (layer) => {
    const { config, input } = layer;
    if (input.rank !== axes + 2)
      throw new NotTranslatedError(`reads ${input.rank} axes, and expects ${axes + 2}`);
    // Before Keras 2 the sizes of one axis had other names.
    const kernel = config.perAxis('pool_size', axes, config.number('pool_length', 2));
    const hasStrides = typeof (config.get('strides') ?? undefined) !== 'undefined';
    const strides = hasStrides ? config.perAxis('strides', axes, 1) : kernel;
    const isSame = config.text('padding', 'valid').toLowerCase() === 'same';
    const pooled = layer.add(type, [layer.channelsFirst(input)], input.rank, {
      kernel_shape: kernel,
      strides,
      auto_pad: isSame ? 'SAME_UPPER' : undefined,
    });
    return [layer.channelsLast(pooled)];
  };
}

/** Over all positions at once. */
function whole(type: 'ReduceMax' | 'ReduceMean', axes: number): Translation {
  return (layer: Layer) => {
    const { input, config } = layer;
    if (input.rank !== axes + 2)
      throw new NotTranslatedError(`reads ${input.rank} axes, and expects ${axes + 2}`);
    const keepsAxes = config.flag('keepdims', false);
    const first = layer.isChannelsFirst ? 2 : 1;
    return [
      layer.add(type, [input], keepsAxes ? input.rank : 2, {
        axes: Array.from({ length: axes }, (_, axis) => axis + first),
        keepdims: keepsAxes ? 1 : 0,
      }),
    ];
  };
}

const AXES = [1, 2, 3];

export const POOLING: readonly (readonly [string, Translation])[] = AXES.flatMap((axes) => [
  [`MaxPooling${axes}D`, windowed('MaxPool', axes)] as const,
  [`AveragePooling${axes}D`, windowed('AveragePool', axes)] as const,
  [`GlobalMaxPooling${axes}D`, whole('ReduceMax', axes)] as const,
  [`GlobalAveragePooling${axes}D`, whole('ReduceMean', axes)] as const,
]);
