"""How the weights of a network are arranged: what training leaves in them, and neither a fresh network has nor one whose weights have
been shuffled. Statistics of single weights, StatNN's, are the same for the latter.

Of every weight tensor w[target, source, tap]:

  F ratios     of an analysis of variance (Fisher, 1925), for each way to divide its entries into groups of n (by target, by source, by
               pair of both, by tap), of the weights and of their squares: log( n · Var over groups of (mean over the group) / Var of all )
  spectra      of the three matrices M[a, b] that it can be laid out as (targets, sources, taps as rows): log of ‖M Mᵀ‖² / ‖M‖⁴ over what it
               is for normally distributed entries, (a + b + 1) / (a b + 2). Directions that training has strengthened raise it.
  shape        log( max |w| / rms ), log( mean w⁴ / rms⁴ ): both are known for a fresh network
  scale        log( rms · √fan-in )

Of every two tensors of which one reads the n neurons that the other writes, with Gram matrices P of the writer's rows and Q of the
reader's columns (for linear networks training keeps P − Q as it is: Du et al., NeurIPS 2018): log( n tr(PQ) / (tr P tr Q) ), and the
correlations of their entries off the diagonal and on it.
Of every vector v (biases, norms): log( ε + rms v ), log( ε + rms (v − 1) ), shape; and for every tensor that writes the neurons it belongs
to, or reads them, its correlation with the logarithm of their squared weights' sums and with the sums themselves.

Correlations are in units of their spread in a random order, and as asinh. What cannot be formed stands at 0. Per network the mean, the
largest and the smallest of each, and the first and the last.

Equations: src/metanets/arrangement, line by line the same.
"""

import numpy as np


# Tensors and vectors with fewer numbers say little.
LEAST_WEIGHTS, LEAST_OF_VECTOR = 64, 4
# A Gram matrix that takes more multiplications than any of the zoos' is not formed: the page has to answer for large networks, too.
MOST_PRODUCTS = 2**22
LEAST = 1e-4
# Numbers of a tensor, of two tensors, of a vector, of a vector with a writer and with a reader.
OF_EACH = (14, 3, 4, 2, 2)
FEATURES = 5 * sum(OF_EACH)


def f_ratio(groups):
    """Of numbers [groups, n]."""
    count, size = groups.shape
    variance = groups.var()
    between = groups.mean(1).var() * size
    return float(np.log(between / variance)) if count > 1 and size > 1 and between > 0 and variance > 0 else 0.0


def f_ratios(weights, is_whole):
    """[8] of weights [targets, sources, taps]. `is_whole`: every target reads every source, so that sources are groups, too."""
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


def gram(matrix):
    """M Mᵀ; None where that takes too long."""
    rows, columns = matrix.shape
    return matrix @ matrix.T if rows * rows * columns <= MOST_PRODUCTS else None


def spectrum(matrix):
    rows, columns = matrix.shape
    squares = gram(matrix if rows <= columns else matrix.T)
    if rows < 2 or columns < 2 or squares is None or np.trace(squares) <= 0:
        return 0.0
    share = (squares**2).sum() / np.trace(squares) ** 2
    return float(np.log(share * (rows * columns + 2) / (rows + columns + 1)))


def shape(values):
    """[2]"""
    rms = np.sqrt((values**2).mean())
    return [float(np.log(np.abs(values).max() / rms)), float(np.log((values**4).mean() / rms**4))] if rms > 0 else [0.0, 0.0]


def correlation(x, y):
    """In units of its spread in a random order, as asinh."""
    size = np.sqrt((x**2).sum() * (y**2).sum())
    return float(np.arcsinh((x * y).sum() / size * np.sqrt(len(x)))) if size > 1e-12 else 0.0


def centred(x):
    return x - x.mean()


def tensor_numbers(weights, is_whole):
    """[14]. Targets that read sources of their own have no columns in common."""
    targets, sources, taps = weights.shape
    rms = np.sqrt((weights**2).mean())
    return [
        *f_ratios(weights, is_whole),
        spectrum(weights.reshape(targets, -1)) if is_whole else 0.0,
        spectrum(weights.transpose(1, 0, 2).reshape(sources, -1)) if is_whole else 0.0,
        spectrum(weights.transpose(2, 0, 1).reshape(taps, -1)),
        *shape(weights.ravel()),
        float(np.log(rms * np.sqrt(sources * taps) + LEAST)),
    ]


def pair_numbers(written, read):
    """[3] of Gram matrices [n, n]."""
    n, traces = len(read), np.trace(written) * np.trace(read)
    product = (written * read).sum()
    above = np.triu_indices(n, 1)
    return [
        float(np.log(product * n / traces)) if traces > 0 and product > 0 else 0.0,
        correlation(written[above], read[above]),
        correlation(centred(np.diag(written)), centred(np.diag(read))),
    ]


def vector_numbers(values):
    """[4]"""
    rms = lambda x: np.sqrt((x**2).mean())
    return [float(np.log(LEAST + rms(values))), float(np.log(LEAST + rms(values - 1))), *shape(values)]


def beside_tensor(values, sums, squares):
    """[2] of a vector, and of the sums and sums of squares of the weights that its neurons are written by, or are read by."""
    logarithms = np.log(squares + LEAST**2)
    return [correlation(centred(values), centred(logarithms)), correlation(centred(values), centred(sums))]


def summary(rows, count):
    """[5 · count]"""
    if not rows:
        return np.zeros(5 * count)
    rows = np.array(rows)
    return np.concatenate([rows.mean(0), rows.max(0), rows.min(0), rows[0], rows[-1]])


def arrangement(graphs, network):
    """[FEATURES]"""
    tensors, pairs, vectors, beside_writer, beside_reader = [], [], [], [], []
    grams, written, read, found = {}, {}, {}, []
    edge = graphs.edge_bounds[network]
    for block in range(*graphs.block_bounds[network : network + 2]):
        count = graphs.block_edges[block]
        values = graphs.values[edge : edge + count].double().numpy()
        edge += count
        source, target = graphs.block_ends[block]
        if graphs.block_is_weight[block] and count >= LEAST_WEIGHTS:
            weights = values.reshape(graphs.block_targets[block], -1, graphs.block_taps[block])
            is_whole = graphs.block_parts[block] == 1
            targets, sources, _ = weights.shape
            tensors.append(tensor_numbers(weights, is_whole))
            written.setdefault(target, []).append((weights.sum((1, 2)), (weights**2).sum((1, 2))))
            if is_whole:
                reads = gram(weights.transpose(1, 0, 2).reshape(sources, -1))
                writes = gram(weights.reshape(targets, -1))
                if reads is not None:
                    pairs += [pair_numbers(before, reads) for before in grams.get(source, [])]
                if writes is not None:
                    grams.setdefault(target, []).append(writes)
                read.setdefault(source, []).append((weights.sum((0, 2)), (weights**2).sum((0, 2))))
        elif not graphs.block_is_weight[block] and graphs.block_holds[block] and count >= LEAST_OF_VECTOR:
            vectors.append(vector_numbers(values))
            found.append((target, values))
    for target, values in found:
        for by_group, rows in ((written, beside_writer), (read, beside_reader)):
            rows += [beside_tensor(values, *sums) for sums in by_group.get(target, []) if len(sums[0]) == len(values)]
    rows = (tensors, pairs, vectors, beside_writer, beside_reader)
    return np.concatenate([summary(some, count) for some, count in zip(rows, OF_EACH)])


def arrangements(graphs, indices):
    """[n, FEATURES]"""
    return np.stack([arrangement(graphs, network) for network in indices])
