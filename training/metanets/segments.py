"""Rows by index and back: what message passing is made of. index_select, unlike x[index], has a quick gradient on a CPU."""

import torch


def take(values, index):
    """Row index[k] of `values` for every k: [count, H] to [N, H]."""
    return values.index_select(0, index)


def segment_sum(values, index, count):
    """Sum of the rows with each index: [N, H] to [count, H]."""
    return values.new_zeros(count, values.shape[1]).index_add(0, index, values)


def segment_mean(values, index, count):
    """Mean of the rows with each index, 0 where there are none: [N, H] to [count, H]."""
    number = torch.bincount(index, minlength=count)
    return segment_sum(values, index, count) / number.clamp(min=1).to(values)[:, None]


def deviation_from(values, mean, index, count, epsilon):
    """Deviation of the rows with each index from their mean, with `epsilon` under the root: [N, H] to [count, H]."""
    return (segment_mean((values - take(mean, index)) ** 2, index, count) + epsilon).sqrt()


def segment_extreme(values, index, count, which):
    """The rows' minimum ("min") or maximum ("max") for each index, which rises from row to row; 0 where there are none."""
    number = torch.bincount(index, minlength=count)
    return torch.segment_reduce(values, which, lengths=number).masked_fill((number == 0)[:, None], 0)


def means_around_nodes(edges, batch):
    """Means over the weights into a node, over the other edges into it, over the edges out of it: [P, H] to [V, 3·H]."""
    nodes = len(batch.group)
    other = (~batch.is_weight)[batch.block]
    into = segment_mean(edges, 2 * batch.target + other, 2 * nodes).view(nodes, -1)
    return torch.cat([into, segment_mean(edges, batch.source, nodes)], 1)
