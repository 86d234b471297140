/**
 * The links of a network while they are being made, the nodes that parameters need, and the nodes that channels share:
 * a key has the node of the query it is multiplied with.
 */
import type { Network, Operation } from '../network';
import { type Link, type Links, type Role, range, type SourceNodes } from './link';
import type { NodeKind } from './parameter-graph';

type Attention = Extract<Operation, { kind: 'attention' }>;

/** Keys that several query heads share keep nodes of their own. */
export const sharesNodes = ({ heads, keyHeads }: Attention) => heads === keyHeads;

export class LinkTable implements Links {
  readonly links: Link[] = [];
  readonly sourceNodes: SourceNodes[] = [];
  readonly roles = new Map<number, Role>();
  readonly nodeOf = new Map<number, number>();
  nodeCount: number;

  constructor(network: Network) {
    this.nodeCount = network.channelCount;
    const attentions = network.layers.flatMap(({ operation }) =>
      operation.kind === 'attention' ? [operation] : [],
    );
    for (const attention of attentions) {
      for (const key of attention.keys) this.roles.set(key, 'key');
      if (!sharesNodes(attention)) continue;
      attention.keys.forEach((key, index) => {
        this.#share(key, attention.queries[index]);
      });
    }
    for (const { values } of attentions) for (const value of values) this.roles.set(value, 'value');
    for (const { queries } of attentions) for (const query of queries) this.roles.set(query, 'query');
  }

  /** Gives a key and a query, with all that share a node with either, one node. */
  #share(key: number, query: number): void {
    const [from, to] = [this.node(key), this.node(query)];
    if (from !== to) this.nodeOf.set(from, to);
  }

  node(channel: number): number {
    let node = channel;
    for (let shared = this.nodeOf.get(node); shared !== undefined; shared = this.nodeOf.get(node))
      node = shared;
    return node;
  }

  nodes(channels: ArrayLike<number>): Int32Array {
    const nodes = Int32Array.from(channels);
    return this.nodeOf.size === 0 ? nodes : nodes.map((channel) => this.node(channel));
  }

  /** Nodes that only carry parameters. `orderedRun`: see SourceNodes. */
  addNodes(kind: NodeKind, layer: number, count: number, orderedRun = 0): Int32Array {
    const nodes = { kind, layer, first: this.nodeCount, count, orderedRun };
    this.sourceNodes.push(nodes);
    this.nodeCount += count;
    return range(nodes);
  }

  /** Entries of a list of channels by what attention makes of them. */
  byRole(channels: Int32Array): { role: Role | undefined; entries: number[] }[] {
    const lists = new Map<Role | undefined, number[]>();
    channels.forEach((channel, entry) => {
      const role = this.roles.get(channel);
      const list = lists.get(role);
      if (list) list.push(entry);
      else lists.set(role, [entry]);
    });
    return [...lists].map(([role, entries]) => ({ role, entries }));
  }
}
