/** Layers that only move values about, or leave them alone. */
import type { Flow } from '../../program-builder';
import { type Layer, NotTranslatedError, type Translation } from './layer';

/** While a network is used these do nothing. */
const NOTHING = [
  ...[
    'Dropout',
    'SpatialDropout1D',
    'SpatialDropout2D',
    'SpatialDropout3D',
    'AlphaDropout',
    'GaussianDropout',
  ],
  ...['GaussianNoise', 'ActivityRegularization', 'Masking', 'Identity', 'StochasticDepth'],
  ...[
    'RandomFlip',
    'RandomRotation',
    'RandomZoom',
    'RandomTranslation',
    'RandomContrast',
    'RandomBrightness',
  ],
  ...['RandomHeight', 'RandomWidth', 'RandomShear', 'RandomHue', 'RandomSaturation', 'RandomGrayscale'],
  ...[
    'RandomColorJitter',
    'RandomColorDegeneration',
    'RandomPosterization',
    'RandomSharpness',
    'RandomErasing',
  ],
  ...['RandomGaussianBlur', 'RandomInvert', 'RandomPerspective', 'RandomElasticTransform'],
  ...['RandAugment', 'AugMix', 'CutMix', 'MixUp', 'AutoContrast', 'Equalization', 'Solarization'],
];

/** [batch, …] to [batch, all the rest], channels last even where they were kept first. */
const flatten: Translation = (layer) => {
  const { input } = layer;
  if (input.rank === 2) return [input];
  const spatial = Array.from({ length: Math.max(0, input.rank - 2) }, (_, axis) => axis + 2);
  const ordered = layer.isChannelsFirst && input.rank > 2 ? layer.permute(input, [0, ...spatial, 1]) : input;
  return [layer.reshape(ordered, [0, -1])];
};

/** x · scale + offset, with one number of each: what there is for each channel is left out. */
const rescaling: Translation = (layer) => {
  const { config, input, builder } = layer;
  const [scale, offset] = [config.number('scale', 1), config.number('offset', 0)];
  const scaled = scale === 1 ? input : layer.add('Mul', [input, builder.constant(scale)], input.rank);
  return [offset === 0 ? scaled : layer.add('Add', [scaled, builder.constant(offset)], input.rank)];
};

const reshape: Translation = (layer) => {
  const shape = layer.config.numbers('target_shape');
  if (!shape) throw new NotTranslatedError('does not say what it reshapes to');
  return [layer.reshape(layer.input, [0, ...shape])];
};

const permute: Translation = (layer) => {
  const axes = layer.config.numbers('dims');
  if (axes?.length !== layer.input.rank - 1)
    throw new NotTranslatedError('permutes other axes than there are');
  return [layer.permute(layer.input, [0, ...axes])];
};

const repeat: Translation = (layer) => {
  const { input, builder } = layer;
  const raised = layer.add('Unsqueeze', [input], 3, { axes: [1] });
  const shape = builder.constant([1, layer.config.number('n', 1), 1]);
  return [layer.add('Expand', [raised, shape], 3)];
};

/** Pairs of sizes along each spatial axis: one number for all, one for each axis, or two for each. */
function pairs({ config }: Layer, name: string, axes: number): [before: number, after: number][] {
  const value = config.get(name);
  const isPair = axes === 1 && config.numbers(name)?.length === 2;
  const list = typeof value === 'number' ? new Array(axes).fill(value) : Array.isArray(value) ? value : [];
  const read = (isPair ? [list] : list).map((one): [number, number] => {
    const [before, after] = Array.isArray(one) ? one : [one, one];
    return [Number(before), Number(after)];
  });
  const isWhole = read.length === axes && read.flat().every((size) => Number.isInteger(size) && size >= 0);
  if (!isWhole) throw new NotTranslatedError(`has an unexpected ${name}`);
  return read;
}

/** Numbers of the spatial axes. */
function spatialAxes(layer: Layer, axes: number): number[] {
  if (layer.input.rank !== axes + 2) {
    throw new NotTranslatedError(`reads ${layer.input.rank} axes where ${axes + 2} are expected`);
  }
  return Array.from({ length: axes }, (_, axis) => axis + (layer.isChannelsFirst ? 2 : 1));
}

function padding(axes: number): Translation {
  return (layer) => {
    const { rank } = layer.input;
    const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
    const at = spatialAxes(layer, axes);
    pairs(layer, 'padding', axes).forEach(([start, end], index) => {
      [before[at[index]], after[at[index]]] = [start, end];
    });
    return [layer.add('Pad', [layer.input], rank, { pads: [...before, ...after] })];
  };
}

/** The end of an axis, for a slice that runs to it. */
const TO_THE_END = 2 ** 31 - 1;

function cropping(axes: number): Translation {
  return (layer) => {
    const cuts = pairs(layer, 'cropping', axes);
    return [
      layer.add('Slice', [layer.input], layer.input.rank, {
        starts: cuts.map(([before]) => before),
        ends: cuts.map(([, after]) => (after === 0 ? TO_THE_END : -after)),
        axes: spatialAxes(layer, axes),
      }),
    ];
  };
}

function upsampling(axes: number): Translation {
  return (layer) => {
    const scales = new Array<number>(layer.input.rank).fill(1);
    const factors = layer.config.perAxis('size', axes, 2);
    spatialAxes(layer, axes).forEach((at, index) => {
      scales[at] = factors[index];
    });
    const mode = layer.config.text('interpolation', 'nearest') === 'nearest' ? 'nearest' : 'linear';
    return [layer.add('Upsample', [layer.input], layer.input.rank, { scales, mode })];
  };
}

/** To a size that the layer names: the number of positions changes, and nothing else. */
const resizing: Translation = (layer) => {
  const { config, builder, input } = layer;
  const [top, left] = spatialAxes(layer, 2);
  const shape = new Array<number>(4).fill(0);
  [shape[top], shape[left]] = [config.number('height', 1), config.number('width', 1)];
  const channels = layer.isChannelsFirst ? 1 : 3;
  // The other sizes are those that there are.
  const sizes = layer.add('Shape', [input], 1);
  const at = (start: number) =>
    layer.add('Slice', [sizes], 1, { starts: [start], ends: [start + 1], axes: [0] });
  const parts = shape.map((size, axis) =>
    axis === 0 || axis === channels ? at(axis) : builder.constant([size]),
  );
  const target = layer.add('Concat', parts, 1, { axis: 0 });
  return [layer.add('Resize', [input, '', '', target], 4)];
};

/** Tables of rows: ids become features. */
const embedding: Translation = (layer) => {
  const { input, builder } = layer;
  const [table] = layer.weights(['embeddings']);
  builder.markIds(input.name);
  return [layer.add('Gather', [table, input], input.rank + 1)];
};

const same: Translation = (layer): Flow[] => [layer.input];

export const MOVING: readonly (readonly [string, Translation])[] = [
  ...NOTHING.map((name) => [name, same] as const),
  ['Flatten', flatten],
  ['Rescaling', rescaling],
  ['Reshape', reshape],
  ['Permute', permute],
  ['RepeatVector', repeat],
  ['ZeroPadding1D', padding(1)],
  ['ZeroPadding2D', padding(2)],
  ['ZeroPadding3D', padding(3)],
  ['Cropping1D', cropping(1)],
  ['Cropping2D', cropping(2)],
  ['Cropping3D', cropping(3)],
  ['UpSampling1D', upsampling(1)],
  ['UpSampling2D', upsampling(2)],
  ['UpSampling3D', upsampling(3)],
  ['Resizing', resizing],
  ['CenterCrop', resizing],
  ['RandomCrop', resizing],
  ['Embedding', embedding],
];
