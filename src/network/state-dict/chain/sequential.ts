/** What the numbers of an nn.Sequential tell: those that are left out stood for layers without parameters. */
import { type Module, parentOf } from '../module';
import type { WeightLayer } from './order';

/** Between two layers of one block stand no more. */
const MAX_GAP = 8;

/**
 * Per convolution: whether pooling follows, undefined where the names do not tell. Between two layers one number is left out
 * for the activation, a second one for pooling. `vectors`: norms and slopes, which have numbers of their own.
 */
export function poolingTold(
  convs: readonly WeightLayer[],
  vectors: readonly Module[],
): (boolean | undefined)[] {
  const taken = new Set(vectors.map(({ path }) => path));
  return convs.map(({ path, module }, index) => {
    const next = convs[index + 1];
    if (!next || parentOf(next.path) !== parentOf(path)) return undefined;
    const [from, to] = [Number(module.name), Number(next.module.name)];
    if (!Number.isInteger(from) || !Number.isInteger(to)) return undefined;
    const length = Math.max(0, Math.min(MAX_GAP, to - from - 1));
    const between = Array.from({ length }, (_, gap) => from + 1 + gap);
    return between.filter((number) => !taken.has(`${parentOf(path)}${number}`)).length > 1;
  });
}
