/** The colours of points: kinds by hue, numbers along a scale of lightness; colour-blind eyes tell both apart. */
import { scaleLinear } from 'd3';
import type { Preferences } from '../preferences';
import { PROPERTIES, type PropertyName, valuesOf } from './properties';
import type { ZooNetwork } from './zoo-data';

type Theme = Preferences['theme'];

/** After Okabe and Ito, with three more, made lighter or darker for the page's ground. */
const KINDS: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#56b4e9', '#f0a028', '#2fbf92', '#e88fc4', '#f2e55c', '#ea6a3c', '#a99bf5', '#c2a489', '#9aa7b5'],
  light: ['#0072b2', '#cf7a00', '#00875f', '#b5478b', '#746600', '#b23308', '#5d4bc4', '#7a5230', '#5d6b7a'],
};

/** Viridis, but for the end that would be lost on the page's ground. */
const NUMBERS: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#4a6fb5', '#2f8f9d', '#2fb47c', '#7ad151', '#fde725'],
  light: ['#440154', '#414487', '#2a788e', '#1f9a7a', '#7a9a00'],
};

export interface Colours {
  readonly of: (value: string | number) => string;
  /** For the legend: the values that there are, or, of a range, from its least to its greatest. */
  readonly values: readonly (string | number)[];
}

export function coloursOf(networks: readonly ZooNetwork[], name: PropertyName, theme: Theme): Colours {
  const values = valuesOf(networks, name);
  if (PROPERTIES[name].type === 'kinds') {
    return { values, of: (value) => KINDS[theme][values.indexOf(value) % KINDS[theme].length] };
  }
  // Not d3's own logarithmic scale, which would weigh on the page's first load.
  const along = PROPERTIES[name].type === 'range' ? Math.log : Number;
  const scale = numberScale(along(Number(values[0])), along(Number(values.at(-1))), theme);
  return { values, of: (value) => scale(along(Number(value))) };
}

/** The colour of any number between the least and the greatest. */
export function numberScale(least: number, most: number, theme: Theme): (value: number) => string {
  const stops = NUMBERS[theme].map((_, index, { length }) => least + ((most - least) * index) / (length - 1));
  return scaleLinear(stops, NUMBERS[theme]);
}

/** A person's own networks: those that resemble the zoo, and those that do not. */
export const standingColour = (isInside: boolean, theme: Theme) => KINDS[theme][isInside ? 0 : 5];
