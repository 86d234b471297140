/**
 * Shortcuts in a chain: runs of layers whose input is added to their output. A state dict holds no trace of those without
 * parameters; where modules are called residual, or have a shortcut with parameters, those and all that are built alike are
 * taken to have one.
 */
import { type Module, moduleSignature } from '../module';
import { isConv, isTransposedConv, type WeightLayer } from './order';
import { isNamedShortcut, type Projection } from './projections';

/** Numbers of the first and the last layer that a shortcut goes around. */
export interface Span {
  readonly first: number;
  readonly last: number;
  /** What the shortcut is, where it has parameters. */
  readonly projection?: Projection;
}

export type ShortcutKind = 'none' | 'named' | 'each' | 'pairs';

const LABELS: readonly { readonly value: ShortcutKind; readonly label: string }[] = [
  { value: 'none', label: 'None: every layer reads the one before it' },
  { value: 'named', label: 'Around the blocks whose names speak for it, and those built alike' },
  { value: 'each', label: 'Around every hidden layer that keeps the width: x + activation(layer(x))' },
  {
    value: 'pairs',
    label: 'Around every two layers that keep the width: activation(x + second(activation(first(x))))',
  },
];

export interface Shortcuts {
  /** The kinds that this chain may have, 'none' first. */
  readonly options: typeof LABELS;
  /** What the names speak for. */
  readonly usual: ShortcutKind;
  spans(kind: ShortcutKind): readonly Span[];
}

/** Where shortcuts may be in a chain; `root` holds its modules, `projections` are the shortcuts that have parameters. */
export function findShortcuts(
  root: Module,
  layers: readonly WeightLayer[],
  projections: readonly Projection[],
): Shortcuts {
  const kinds = new Map<ShortcutKind, readonly Span[]>([
    ['none', []],
    ['named', namedSpans(root, layers, projections)],
    ['each', regularSpans(layers, 1)],
    ['pairs', regularSpans(layers, 2)],
  ]);
  const spans = (kind: ShortcutKind) => kinds.get(kind) ?? [];
  return {
    options: LABELS.filter(({ value }) => value === 'none' || spans(value).length > 0),
    usual: spans('named').length > 0 ? 'named' : 'none',
    spans,
  };
}

/** Every run of `length` layers that ends with as many channels as it began with, one after the other. */
function regularSpans(layers: readonly WeightLayer[], length: number): Span[] {
  const spans: Span[] = [];
  // What the last layer writes is the network's output.
  for (let first = 0; first + length < layers.length; first++) {
    const last = first + length - 1;
    if (!keepsWidth(layers, { first, last })) continue;
    spans.push({ first, last });
    first = last;
  }
  return spans;
}

/** Transposed convolutions change the size of pictures. */
const isOneKind = (layers: readonly WeightLayer[], { first, last }: Span) => {
  const own = layers.slice(first, last + 1);
  return !own.some(isTransposedConv) && new Set(own.map(({ kernel }) => kernel.length)).size === 1;
};

const keepsWidth = (layers: readonly WeightLayer[], span: Span) =>
  isOneKind(layers, span) && layers[span.first].reads === layers[span.last].writes;

/** A shortcut of convolutions may pad the channels that are new with zeros. */
const canBePadded = (layers: readonly WeightLayer[], span: Span) =>
  isOneKind(layers, span) &&
  isConv(layers[span.first]) &&
  layers[span.first].reads < layers[span.last].writes;

const leadsPast = ({ layer }: Projection, layers: readonly WeightLayer[], span: Span) =>
  isOneKind(layers, span) &&
  layer.kernel.length === layers[span.first].kernel.length &&
  layer.reads === layers[span.first].reads &&
  layer.writes === layers[span.last].writes;

const RESIDUAL = /^res_?(block|unit|layer)?s?_?\d*$|residual/i;
const PLURAL = /(block|unit|layer|residual)s_?\d*$/i;

function namedSpans(
  root: Module,
  layers: readonly WeightLayer[],
  projections: readonly Projection[],
): Span[] {
  const projected = new Map(projections.map((projection) => [projection.unit, projection]));
  const withProjection = [...projected.keys()].flatMap((unit) => root.below(unit) ?? []);
  const named = [...residualUnits(root, layers), ...withProjection];
  const signatureOf = (unit: Module) => moduleSignature(unit, isNamedShortcut);
  // One layer is like many others: only larger units are known again by how they are built.
  const signatures = new Set(named.filter((unit) => countLayers(unit, layers) > 1).map(signatureOf));
  const alike = signatures.size > 0 ? [...root.all()] : [];
  const units = new Set([...named, ...alike.filter((module) => signatures.has(signatureOf(module)))]);
  const spans = [...units].flatMap((unit) => {
    const span = spanOf(unit, layers);
    const projection = projected.get(unit.path);
    if (span && projection) return leadsPast(projection, layers, span) ? [{ ...span, projection }] : [];
    return span && (keepsWidth(layers, span) || canBePadded(layers, span)) ? [span] : [];
  });
  const inOrder = spans.sort((a, b) => a.first - b.first);
  return inOrder.filter(({ first }, index) => index === 0 || first > inOrder[index - 1].last);
}

const isWithin = ({ path }: WeightLayer, module: Module) =>
  path === module.path || path.startsWith(`${module.path}.`);

const countLayers = (module: Module, layers: readonly WeightLayer[]) =>
  layers.filter((layer) => isWithin(layer, module)).length;

/** The outermost modules that are called residual, or what lies in them where they are lists of such. */
function residualUnits(module: Module, layers: readonly WeightLayer[]): Module[] {
  const children = [...module.children.values()];
  return children.flatMap((child) => {
    if (!RESIDUAL.test(child.name)) return residualUnits(child, layers);
    const inner = [...child.children.values()].filter((part) => countLayers(part, layers) > 0);
    const isList = PLURAL.test(child.name) || inner.some((part) => countLayers(part, layers) > 1);
    return isList ? inner : [child];
  });
}

/** Undefined where the layers of a unit do not stand one after the other. */
function spanOf(unit: Module, layers: readonly WeightLayer[]): Span | undefined {
  const own = [...layers.keys()].filter((index) => isWithin(layers[index], unit));
  const [first, last] = [own[0], own[own.length - 1]];
  return own.length > 0 && last - first === own.length - 1 ? { first, last } : undefined;
}
