"""How the weights of a network are arranged: what training leaves in them and a random order takes away. Statistics of single
weights, StatNN's, are the same for a network whose weights have been shuffled.

For each weight tensor w[target, source, tap] and each way to divide its entries into groups of n (by target, by source, by pair of
both, by tap), F ratios of an analysis of variance (Fisher, 1925), of the weights and of their squares:

  log( n · Var over groups of (mean over the group) / Var of all )

which is about 0 for weights in random order, and stands at 0 where there is nothing to divide. Per network the mean, the largest and
the smallest over its tensors, and those of the first and of the last.

Equations: src/metanets/arrangement.ts, line by line the same.
"""

import numpy as np

# Tensors with fewer weights say little.
LEAST_WEIGHTS = 64
RATIOS = 8
FEATURES = 5 * RATIOS


def f_ratio(groups):
    """Of numbers [groups, n]."""
    count, size = groups.shape
    variance = groups.var()
    between = groups.mean(1).var() * size
    return float(np.log(between / variance)) if count > 1 and size > 1 and between > 0 and variance > 0 else 0.0


def tensor_ratios(weights, is_whole):
    """[RATIOS] of weights [targets, sources, taps]. `is_whole`: every target reads every source, so that sources are groups, too."""
    targets, sources, taps = weights.shape
    ratios = []
    for numbers in (weights, weights**2):
        by_source = numbers.transpose(1, 0, 2).reshape(sources, -1)
        ratios += [
            f_ratio(numbers.reshape(targets, -1)),
            f_ratio(by_source) if is_whole else 0.0,
            f_ratio(numbers.reshape(-1, taps)),
            f_ratio(numbers.reshape(-1, taps).T),
        ]
    return ratios


def arrangement(graphs, network):
    """[FEATURES]"""
    rows, edge = [], graphs.edge_bounds[network]
    for block in range(*graphs.block_bounds[network : network + 2]):
        count = graphs.block_edges[block]
        values = graphs.values[edge : edge + count]
        edge += count
        if graphs.block_is_weight[block] and count >= LEAST_WEIGHTS:
            weights = values.double().numpy().reshape(graphs.block_targets[block], -1, graphs.block_taps[block])
            rows.append(tensor_ratios(weights, graphs.block_parts[block] == 1))
    if not rows:
        return np.zeros(FEATURES)
    rows = np.array(rows)
    return np.concatenate([rows.mean(0), rows.max(0), rows.min(0), rows[0], rows[-1]])


def arrangements(graphs, indices):
    """[n, FEATURES]"""
    return np.stack([arrangement(graphs, network) for network in indices])
