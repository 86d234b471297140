/**
 * Links of weights and of parameters that stand beside a layer: biases, norms, scales.
 */
import type { ChannelRange, Operation, VectorView, WeightView } from '../network';
import { partOf } from './group-nodes';
import { type Link, NO_TAPS, range } from './link';
import type { LinkTable } from './link-table';
import type { EdgeKind, NodeKind } from './parameter-graph';

const BIAS_KINDS = { query: 'queryBias', key: 'keyBias', value: 'valueBias' } as const;

/** A weight into new channels. What attention reads of them has kinds of its own, unless `kind` says more. */
export function linkWeight(
  table: LinkTable,
  kind: EdgeKind,
  layer: number,
  writes: ChannelRange,
  weight: WeightView,
  stride = 1,
): void {
  const channels = range(writes);
  const isNamedByRole = kind === 'linearWeight' || kind === 'convWeight';
  for (const { role, entries } of table.byRole(channels)) {
    const targets = table.nodes(entries.map((entry) => channels[entry]));
    const rows = Int32Array.from(entries, (entry) => weight.rows[entry]);
    const shared = {
      kind: role && isNamedByRole ? role : kind,
      layer,
      stride,
      tensor: weight.tensor,
      targets,
      rows,
    };
    if (weight.groups === 1) {
      for (const { channels: read, columns, taps, tapShape } of weight.reads) {
        const sources = table.nodes(read);
        table.links.push({ ...shared, pattern: 'dense', groups: 1, sources, columns, taps, tapShape });
      }
    } else linkGroups(table, shared, writes, weight, entries);
  }
}

/**
 * A grouped convolution reads one list of channels, whatever it was concatenated from. `entries`: the written channels that
 * are linked, each of which meets what its own part reads. Where they are no whole parts, each part is a link by itself.
 */
function linkGroups(
  table: LinkTable,
  shared: Pick<Link, 'kind' | 'layer' | 'stride' | 'tensor' | 'targets' | 'rows'>,
  writes: ChannelRange,
  { reads, groups }: WeightView,
  entries: readonly number[],
): void {
  const sources = table.nodes(reads.flatMap((read) => [...read.channels]));
  const columns = Int32Array.from(reads.flatMap((read) => [...read.columns]));
  const { taps, tapShape } = reads[0];
  const perPart = writes.count / groups;
  const parts = [...entriesByPart(entries, perPart)];
  const isWhole = entries.length === parts.length * perPart;
  for (const linked of isWhole ? [parts] : parts.map((part) => [part])) {
    const places = linked.flatMap((part) => part[1]);
    const ofParts = (list: Int32Array) =>
      Int32Array.from(linked.flatMap(([part]) => [...partOf(list, groups, part)]));
    const [rows, read] = [Int32Array.from(places, (place) => shared.rows[place]), ofParts(columns)];
    const isDiagonal = groups === sources.length && groups === writes.count;
    table.links.push({
      ...shared,
      pattern: linked.length === 1 ? 'dense' : isDiagonal ? 'diagonal' : 'grouped',
      groups: isDiagonal ? 1 : linked.length,
      sources: ofParts(sources),
      targets: Int32Array.from(places, (place) => shared.targets[place]),
      // Along the diagonal a row and its column are always met together.
      rows: isDiagonal ? rows.map((row, index) => row + read[index]) : rows,
      columns: isDiagonal ? new Int32Array(read.length) : read,
      taps,
      tapShape,
    });
  }
}

/** Places in a list of written channels by the part that they lie in. */
function entriesByPart(entries: readonly number[], perPart: number): Map<number, number[]> {
  const byPart = new Map<number, number[]>();
  entries.forEach((entry, place) => {
    const part = Math.floor(entry / perPart);
    const places = byPart.get(part);
    if (places) places.push(place);
    else byPart.set(part, [place]);
  });
  return byPart;
}

export function linkBias(table: LinkTable, layer: number, channels: Int32Array, values: VectorView): void {
  for (const { role, entries } of table.byRole(channels)) {
    const offsets = Int32Array.from(entries, (entry) => values.offsets[entry]);
    const list = Int32Array.from(entries, (entry) => channels[entry]);
    linkVector(table, role ? BIAS_KINDS[role] : 'bias', 'bias', layer, list, { ...values, offsets });
  }
}

/** One source node (or one per part) with an edge, or one per tap, to every channel. */
export function linkVector(
  table: LinkTable,
  kind: EdgeKind,
  nodeKind: NodeKind,
  layer: number,
  channels: Int32Array,
  values: VectorView | undefined,
  parts = 1,
): void {
  if (!values) return;
  const { tensor, offsets, taps } = values;
  table.links.push({
    ...NO_TAPS,
    ...(taps && { taps, tapShape: [taps.length] }),
    ...{ kind, layer, tensor },
    pattern: parts > 1 ? 'grouped' : 'dense',
    groups: parts,
    sources: table.addNodes(nodeKind, layer, parts),
    targets: table.nodes(channels),
    rows: offsets,
    columns: new Int32Array(parts),
  });
}

/** Every unit reads the layer's input and, one step later, every unit of the layer. */
export function linkRecurrent(
  table: LinkTable,
  layer: number,
  { writes, input, hidden, biases, peepholes }: Extract<Operation, { kind: 'recurrent' }>,
): void {
  for (const weight of input) linkWeight(table, 'recurrentInput', layer, writes, weight);
  for (const weight of hidden) linkWeight(table, 'recurrentHidden', layer, writes, weight);
  for (const bias of biases) linkBias(table, layer, range(writes), bias);
  if (!peepholes) return;
  const units = table.nodes(range(writes));
  table.links.push({
    ...NO_TAPS,
    ...(peepholes.taps && { taps: peepholes.taps, tapShape: [peepholes.taps.length] }),
    ...{ kind: 'recurrentHidden', layer, tensor: peepholes.tensor, pattern: 'diagonal', groups: 1 },
    ...{ sources: units, targets: units, rows: peepholes.offsets, columns: new Int32Array(units.length) },
  });
}
