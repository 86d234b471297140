/** The edits that have a level, and how a slider sets it. */
import type { Edit } from '../../../edits';
import { formatPercent, formatValue } from '../../format';

/** What the person has chosen besides the level. */
export interface Settings {
  /** Index of the layer; undefined for all. */
  readonly layer: number | undefined;
  readonly seed: number;
  readonly per: 'tensor' | 'channel';
  /** What to prune by; undefined for magnitudes. */
  readonly score: string | undefined;
  readonly checkpoint: string | undefined;
}

export interface Kind {
  readonly kind: 'prune' | 'noise' | 'quantise' | 'scale' | 'reinitialise' | 'interpolate';
  readonly title: string;
  /** What the slider says. */
  readonly label: string;
  /** Whether it is done to one layer only. */
  readonly isOfOneLayer: boolean;
  /** Whether it can be done to one layer at all. */
  readonly hasLayer: boolean;
  /** Stops of the slider, first to last; one of them leaves the network as it is, where there is such a level. */
  readonly levels: readonly number[];
  /** The level at which nothing is done. */
  readonly neutral: number;
  readonly inWords: (level: number) => string;
  readonly edit: (level: number, settings: Settings) => Edit | undefined;
  readonly levelOf: (edit: Edit) => number | undefined;
}

const steps = (first: number, last: number, count: number) =>
  Array.from({ length: count + 1 }, (_, index) => first + ((last - first) * index) / count);

/** For shares that are shown with one digit. */
const shares = (last: number, count: number) =>
  steps(0, last, count).map((share) => Math.round(share * 1000) / 1000);

const withLayer = (layer: number | undefined) => (layer === undefined ? {} : { layer });

export const KINDS: readonly Kind[] = [
  {
    kind: 'prune',
    title: 'Prune weights',
    label: 'weights set to 0',
    isOfOneLayer: false,
    hasLayer: true,
    levels: shares(1, 50),
    neutral: 0,
    inWords: formatPercent,
    edit: (share, { layer, score }) => ({
      kind: 'prune',
      share,
      ...withLayer(layer),
      ...(score !== undefined && { score }),
    }),
    levelOf: (edit) => (edit.kind === 'prune' ? edit.share : undefined),
  },
  {
    kind: 'noise',
    title: 'Add noise',
    label: 'of each tensor’s deviation',
    isOfOneLayer: false,
    hasLayer: true,
    levels: shares(2, 50),
    neutral: 0,
    inWords: formatPercent,
    edit: (share, { layer, seed }) => ({ kind: 'noise', share, seed, ...withLayer(layer) }),
    levelOf: (edit) => (edit.kind === 'noise' ? edit.share : undefined),
  },
  {
    kind: 'quantise',
    title: 'Quantise',
    label: 'per weight',
    isOfOneLayer: false,
    hasLayer: true,
    // From left to right more is done, as everywhere else.
    levels: [32, 8, 4],
    neutral: 32,
    inWords: (bits) => (bits === 32 ? 'as in the file' : `${bits} bits`),
    edit: (bits, { layer, per }) =>
      bits === 32 ? undefined : { kind: 'quantise', bits, per, ...withLayer(layer) },
    levelOf: (edit) => (edit.kind === 'quantise' ? edit.bits : undefined),
  },
  {
    kind: 'scale',
    title: 'Scale a layer',
    label: 'its parameters',
    isOfOneLayer: true,
    hasLayer: true,
    levels: steps(-3, 3, 48).map((power) => 2 ** power),
    neutral: 1,
    inWords: (factor) => `× ${formatValue(Number(factor.toPrecision(3)))}`,
    edit: (factor, { layer }) => (layer === undefined ? undefined : { kind: 'scale', factor, layer }),
    levelOf: (edit) => (edit.kind === 'scale' ? edit.factor : undefined),
  },
  {
    kind: 'reinitialise',
    title: 'Reinitialise a layer',
    label: 'its parameters',
    isOfOneLayer: true,
    hasLayer: true,
    levels: [0, 1],
    neutral: 0,
    inWords: (level) => (level === 0 ? 'as in the file' : 'drawn anew'),
    edit: (level, { layer, seed }) =>
      level === 0 || layer === undefined ? undefined : { kind: 'reinitialise', seed, layer },
    levelOf: (edit) => (edit.kind === 'reinitialise' ? 1 : undefined),
  },
  {
    kind: 'interpolate',
    title: 'Go towards another',
    label: 'of the way',
    isOfOneLayer: false,
    hasLayer: false,
    levels: shares(1, 50),
    neutral: 0,
    inWords: formatPercent,
    edit: (share, { checkpoint }) =>
      checkpoint === undefined ? undefined : { kind: 'interpolate', share, checkpoint },
    levelOf: (edit) => (edit.kind === 'interpolate' ? edit.share : undefined),
  },
];

/** The settings that an edit was made with, as far as it says. */
export function settingsOf(edit: Edit | undefined): Partial<Settings> {
  if (!edit) return {};
  return {
    ...('layer' in edit && { layer: edit.layer }),
    ...('seed' in edit && { seed: edit.seed }),
    ...('per' in edit && { per: edit.per }),
    ...('score' in edit && { score: 'saliency' }),
    ...('checkpoint' in edit && { checkpoint: edit.checkpoint }),
  };
}

/** The level that an edit has, if it is of this kind and on this layer. */
export function levelOfEdit(
  kind: Kind,
  layer: number | undefined,
  edit: Edit | undefined,
): number | undefined {
  if (!edit || ('layer' in edit ? edit.layer : undefined) !== layer) return undefined;
  return kind.levelOf(edit);
}
