/**
 * Layers → links: the rules of the parameter graph, one layer kind at a time.
 *
 * A link is an edge block before the nodes are sorted into groups: its ends are lists of node numbers in any order. Node
 * numbers here are the network's channels, followed by the nodes that only parameters need (bias, scale, heads, rows).
 */
import type { StoredTensor } from '../formats';
import type { ChannelRange, Network, Operation, VectorView, WeightView } from '../network';
import type { EdgeKind, NodeKind, Pattern } from './parameter-graph';

export interface Link {
  readonly kind: EdgeKind;
  readonly layer: number;
  readonly pattern: Pattern;
  /** Parts that the lists fall into, for grouped links. */
  readonly groups: number;
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly tensor: StoredTensor | undefined;
  /** Offsets per entry of `targets` and `sources`. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly taps: Int32Array;
  readonly tapShape: readonly number[];
  readonly stride: number;
}

/** Consecutive nodes that exist only to carry parameters. */
export interface SourceNodes extends ChannelRange {
  readonly kind: NodeKind;
  readonly layer: number;
  readonly isOrdered: boolean;
}

export interface Links {
  readonly links: readonly Link[];
  readonly sourceNodes: readonly SourceNodes[];
  readonly nodeCount: number;
  /** What attention makes of a channel: a query, a key (which shares the query's node), or a value. */
  readonly roles: ReadonlyMap<number, 'query' | 'key' | 'value'>;
}

type Role = 'query' | 'key' | 'value' | 'plain';

const WEIGHT_KINDS = { query: 'query', key: 'key', value: 'value' } as const;
const BIAS_KINDS = { query: 'queryBias', key: 'keyBias', value: 'valueBias', plain: 'bias' } as const;

const NO_TAPS = { taps: Int32Array.of(0), tapShape: [] as number[], stride: 1 };
const VALUE_ONE = { tensor: undefined, rows: Int32Array.of(0), columns: Int32Array.of(0), ...NO_TAPS };

/** Builds every link of a network. */
export function linkLayers(network: Network): Links {
  return new Linker(network).run();
}

class Linker {
  readonly #links: Link[] = [];
  readonly #sourceNodes: SourceNodes[] = [];
  readonly #roles = new Map<number, 'query' | 'key' | 'value'>();
  /** Node of a key channel: that of the query it is multiplied with. */
  readonly #nodeOfKey = new Map<number, number>();
  #nodeCount: number;

  constructor(readonly network: Network) {
    this.#nodeCount = network.channelCount;
    for (const { operation } of network.layers) {
      if (operation.kind !== 'attention') continue;
      operation.keys.forEach((key, index) => {
        this.#roles.set(key, 'key');
        this.#nodeOfKey.set(key, operation.queries[index]);
      });
      for (const value of operation.values) this.#roles.set(value, 'value');
      for (const query of operation.queries) this.#roles.set(query, 'query');
    }
  }

  run(): Links {
    this.network.layers.forEach(({ operation }, layer) => {
      this.#linkLayer(operation, layer);
    });
    return {
      links: this.#links,
      sourceNodes: this.#sourceNodes,
      nodeCount: this.#nodeCount,
      roles: this.#roles,
    };
  }

  #linkLayer(operation: Operation, layer: number): void {
    switch (operation.kind) {
      case 'input':
        return;
      case 'linear':
        this.#linkWeight('linearWeight', layer, operation.writes, operation.weight, 1);
        if (operation.bias) this.#linkBias(layer, range(operation.writes), operation.bias);
        return;
      case 'conv':
        this.#linkWeight('convWeight', layer, operation.writes, operation.weight, operation.stride);
        if (operation.bias) this.#linkBias(layer, range(operation.writes), operation.bias);
        return;
      case 'norm': {
        const { channels, groups } = operation;
        // A group norm's parts are part of the function: each has a source node of its own, so that only
        // permutations that keep the parts together are symmetries of the graph.
        const parts = operation.norm === 'group' && groups < channels.length ? groups : 1;
        this.#linkVector('normScale', 'normScale', layer, channels, operation.scale, parts);
        this.#linkVector('normShift', 'normShift', layer, channels, operation.shift, parts);
        this.#linkVector('normMean', 'normMean', layer, channels, operation.mean, 1);
        this.#linkVector('normVariance', 'normVariance', layer, channels, operation.variance, 1);
        return;
      }
      case 'bias':
        this.#linkBias(layer, operation.channels, operation.values);
        return;
      case 'scale':
        this.#linkVector('scale', 'scale', layer, operation.channels, operation.values, 1);
        return;
      case 'sum':
      case 'gate':
        this.#linkMeeting(
          operation.kind === 'sum' ? 'residual' : 'gate',
          layer,
          operation.sources,
          operation.targets,
        );
        return;
      case 'attention': {
        const heads = this.#addSourceNodes('head', layer, operation.heads, false);
        for (const members of [operation.queries, operation.values]) {
          this.#links.push({
            kind: 'head',
            layer,
            pattern: 'grouped',
            groups: operation.heads,
            sources: range(heads),
            targets: members,
            ...VALUE_ONE,
            rows: new Int32Array(members.length),
            columns: new Int32Array(heads.count),
          });
        }
        return;
      }
      case 'embedding': {
        const rows = this.#addSourceNodes('row', layer, operation.rows.length, true);
        this.#links.push({
          kind: 'embedding',
          layer,
          pattern: 'dense',
          groups: 1,
          sources: range(rows),
          targets: operation.channels,
          tensor: operation.tensor,
          rows: operation.columns,
          columns: operation.rows,
          ...NO_TAPS,
        });
        return;
      }
      default:
        operation satisfies never;
    }
  }

  #addSourceNodes(kind: NodeKind, layer: number, count: number, isOrdered: boolean): SourceNodes {
    const nodes = { kind, layer, first: this.#nodeCount, count, isOrdered };
    this.#sourceNodes.push(nodes);
    this.#nodeCount += count;
    return nodes;
  }

  /** Entries of a list of channels by what attention makes of them. */
  #byRole(channels: Int32Array): { role: Role; entries: number[] }[] {
    const lists = new Map<Role, number[]>();
    channels.forEach((channel, entry) => {
      const role = this.#roles.get(channel) ?? 'plain';
      const list = lists.get(role);
      if (list) list.push(entry);
      else lists.set(role, [entry]);
    });
    return [...lists].map(([role, entries]) => ({ role, entries }));
  }

  #nodes(channels: ArrayLike<number>): Int32Array {
    return Int32Array.from(channels, (channel) => this.#nodeOfKey.get(channel) ?? channel);
  }

  #linkWeight(kind: EdgeKind, layer: number, writes: ChannelRange, weight: WeightView, stride: number): void {
    const channels = range(writes);
    const totalRead = weight.reads.reduce((total, read) => total + read.channels.length, 0);
    for (const { role, entries } of this.#byRole(channels)) {
      const targets = this.#nodes(entries.map((entry) => channels[entry]));
      const rows = Int32Array.from(entries, (entry) => weight.rows[entry]);
      const shared = {
        kind: role === 'plain' ? kind : WEIGHT_KINDS[role],
        layer,
        stride,
        tensor: weight.tensor,
      };
      if (weight.groups === 1) {
        for (const { channels: read, columns, taps, tapShape } of weight.reads) {
          const sources = this.#nodes(read);
          this.#links.push({
            ...shared,
            pattern: 'dense',
            groups: 1,
            sources,
            targets,
            rows,
            columns,
            taps,
            tapShape,
          });
        }
      } else {
        // A grouped convolution reads one list of channels, whatever it was concatenated from.
        const sources = this.#nodes(weight.reads.flatMap((read) => [...read.channels]));
        const columns = Int32Array.from(weight.reads.flatMap((read) => [...read.columns]));
        const { taps, tapShape } = weight.reads[0];
        const { groups } = weight;
        const isDiagonal = groups === totalRead && groups === writes.count;
        const pattern = isDiagonal ? 'diagonal' : 'grouped';
        // Along the diagonal a row and its column are always met together.
        const diagonalRows = rows.map((row, index) => row + columns[index]);
        this.#links.push({
          ...shared,
          pattern,
          groups: isDiagonal ? 1 : groups,
          sources,
          targets,
          rows: isDiagonal ? diagonalRows : rows,
          columns: isDiagonal ? new Int32Array(columns.length) : columns,
          taps,
          tapShape,
        });
      }
    }
  }

  #linkBias(layer: number, channels: Int32Array, values: VectorView): void {
    for (const { role, entries } of this.#byRole(channels)) {
      const offsets = Int32Array.from(entries, (entry) => values.offsets[entry]);
      const list = Int32Array.from(entries, (entry) => channels[entry]);
      this.#linkVector(BIAS_KINDS[role], 'bias', layer, list, { tensor: values.tensor, offsets }, 1);
    }
  }

  /** One source node (or one per part) with an edge to every channel. */
  #linkVector(
    kind: EdgeKind,
    nodeKind: NodeKind,
    layer: number,
    channels: Int32Array,
    values: VectorView | undefined,
    parts: number,
  ): void {
    if (!values) return;
    const sources = range(this.#addSourceNodes(nodeKind, layer, parts, false));
    this.#links.push({
      kind,
      layer,
      pattern: parts > 1 ? 'grouped' : 'dense',
      groups: parts,
      sources,
      targets: this.#nodes(channels),
      tensor: values.tensor,
      rows: values.offsets,
      columns: new Int32Array(parts),
      ...NO_TAPS,
    });
  }

  /** Sums and gates: one to one, or one channel that meets many. */
  #linkMeeting(kind: 'residual' | 'gate', layer: number, sources: Int32Array, targets: Int32Array): void {
    const targetsOf = new Map<number, number[]>();
    sources.forEach((source, index) => {
      const list = targetsOf.get(source);
      if (list) list.push(targets[index]);
      else targetsOf.set(source, [targets[index]]);
    });
    const isOneToOne = targetsOf.size === sources.length && new Set(targets).size === targets.length;
    if (isOneToOne) {
      this.#links.push({
        kind,
        layer,
        pattern: 'diagonal',
        groups: 1,
        sources: this.#nodes(sources),
        targets: this.#nodes(targets),
        ...VALUE_ONE,
        rows: new Int32Array(targets.length),
        columns: new Int32Array(sources.length),
      });
      return;
    }
    for (const [source, list] of targetsOf) {
      this.#links.push({
        kind,
        layer,
        pattern: 'dense',
        groups: 1,
        sources: this.#nodes([source]),
        targets: this.#nodes(list),
        ...VALUE_ONE,
        rows: new Int32Array(list.length),
      });
    }
  }
}

function range({ first, count }: ChannelRange): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => first + index);
}
