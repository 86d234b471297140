/**
 * Layers → links: the rules of the parameter graph, one layer kind at a time.
 */
import type { Network, Operation } from '../network';
import { type Links, NO_TAPS, range } from './link';
import { linkAttention, linkMeeting } from './link-meetings';
import { LinkTable } from './link-table';
import { linkBias, linkRecurrent, linkVector, linkWeight } from './link-weights';

/** Builds every link of a network. */
export function linkLayers(network: Network): Links {
  const table = new LinkTable(network);
  network.layers.forEach(({ operation }, layer) => {
    linkLayer(table, operation, layer);
  });
  return table;
}

function linkLayer(table: LinkTable, operation: Operation, layer: number): void {
  switch (operation.kind) {
    case 'input':
      return;
    case 'linear':
      linkWeight(table, 'linearWeight', layer, operation.writes, operation.weight);
      if (operation.bias) linkBias(table, layer, range(operation.writes), operation.bias);
      return;
    case 'conv':
      linkWeight(table, 'convWeight', layer, operation.writes, operation.weight, operation.stride);
      if (operation.bias) linkBias(table, layer, range(operation.writes), operation.bias);
      return;
    case 'recurrent':
      linkRecurrent(table, layer, operation);
      return;
    case 'norm': {
      const { channels, groups } = operation;
      // A group norm's parts are part of the function: each has a source node of its own, so that only
      // permutations that keep the parts together are symmetries of the graph.
      const parts = operation.norm === 'group' && groups < channels.length ? groups : 1;
      linkVector(table, 'normScale', 'normScale', layer, channels, operation.scale, parts);
      linkVector(table, 'normShift', 'normShift', layer, channels, operation.shift, parts);
      linkVector(table, 'normMean', 'normMean', layer, channels, operation.mean);
      linkVector(table, 'normVariance', 'normVariance', layer, channels, operation.variance);
      return;
    }
    case 'bias':
      linkBias(table, layer, operation.channels, operation.values);
      return;
    case 'scale':
      linkVector(table, 'scale', 'scale', layer, operation.channels, operation.values);
      return;
    case 'sum':
    case 'gate': {
      const kind = operation.kind === 'sum' ? 'residual' : 'gate';
      linkMeeting(table, kind, layer, operation.sources, operation.targets);
      return;
    }
    case 'merge':
      linkMeeting(table, 'residual', layer, operation.sources, operation.targets);
      return;
    case 'attention':
      linkAttention(table, layer, operation);
      return;
    case 'embedding': {
      const { length } = operation.rows;
      table.links.push({
        ...{ kind: 'embedding', layer, pattern: 'dense', groups: 1, tensor: operation.tensor },
        sources: table.addNodes('row', layer, length, length),
        targets: table.nodes(operation.channels),
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
