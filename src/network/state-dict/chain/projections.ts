/**
 * Shortcuts with parameters of their own (option B of ResNet): a matrix, or a convolution of single pixels, that stands beside
 * the layers of its unit, reads what the first of them reads and writes what the last of them writes.
 */
import type { Module } from '../module';
import type { WeightLayer } from './order';

export interface Projection {
  readonly layer: WeightLayer;
  /** Norms that follow it. */
  readonly followers: readonly Module[];
  /** Path of the unit that it leads past. */
  readonly unit: string;
}

/** What people call the path that leads past a unit. */
const SHORTCUT = /shortcut|downsample|skip|identity|projection|res_?conv/i;

/** The part of a path from which on it is that of a shortcut; -1 for others. */
const shortcutAt = (path: string) => path.split('.').findIndex((name) => SHORTCUT.test(name));

const parentOf = (path: string, depth: number) => path.split('.').slice(0, depth).join('.');

/** True if a module is part of a shortcut by its name. */
export const isNamedShortcut = ({ path }: Module): boolean => shortcutAt(path) > 0;

/** The layers that are no shortcuts, and those that are. `vectors`: norms of all of them. */
export function splitProjections(
  layers: readonly WeightLayer[],
  vectors: readonly Module[],
): { main: readonly WeightLayer[]; projections: readonly Projection[] } {
  const projections = layers.flatMap((layer): Projection[] => {
    const depth = shortcutAt(layer.path);
    if (depth < 1 || !layer.kernel.every((size) => size === 1)) return [];
    const unit = parentOf(layer.path, depth);
    const beside = layers.filter(({ path }) => path.startsWith(`${unit}.`) && shortcutAt(path) !== depth);
    const fits =
      beside.some(({ reads }) => reads === layer.reads) &&
      beside.some(({ writes }) => writes === layer.writes);
    const own = `${parentOf(layer.path, depth + 1)}.`;
    return fits ? [{ layer, unit, followers: vectors.filter(({ path }) => path.startsWith(own)) }] : [];
  });
  const past = new Set(projections.map(({ layer }) => layer));
  return { main: layers.filter((layer) => !past.has(layer)), projections };
}
