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

Equations: src/metanets/arrangement, line by line the same. In PyTorch, in float64: it can be differentiated by the weights.
"""

import torch

# Tensors and vectors with fewer numbers say little.
LEAST_WEIGHTS, LEAST_OF_VECTOR = 64, 4
# A Gram matrix that takes more multiplications than any of the zoos' is not formed: the page has to answer for large networks, too.
MOST_PRODUCTS = 2**22
LEAST = 1e-4
# Numbers of a tensor, of two tensors, of a vector, of a vector with a writer and with a reader.
OF_EACH = (14, 3, 4, 2, 2)
FEATURES = 5 * sum(OF_EACH)
ZERO = torch.zeros((), dtype=torch.float64)


def f_ratio(groups):
    """Of numbers [groups, n]."""
    count, size = groups.shape
    groups = groups - groups[0, 0]  # 0 where all are equal, whatever their mean is rounded to
    variance = groups.var(correction=0)
    between = groups.mean(1).var(correction=0) * size
    return (between / variance).log() if count > 1 and size > 1 and between > 0 and variance > 0 else ZERO


def f_ratios(weights, is_whole):
    """[8] of weights [targets, sources, taps]. `is_whole`: every target reads every source, so that sources are groups, too."""
    targets, sources, taps = weights.shape
    ratios = []
    for numbers in (weights, weights**2):
        ratios += [
            f_ratio(numbers.reshape(targets, -1)),
            f_ratio(numbers.transpose(0, 1).reshape(sources, -1)) if is_whole else ZERO,
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
    if rows < 2 or columns < 2 or squares is None or squares.trace() <= 0:
        return ZERO
    share = (squares**2).sum() / squares.trace() ** 2
    return (share * (rows * columns + 2) / (rows + columns + 1)).log()


def root_mean_square(values):
    """Its slope is 0 where all values are."""
    squares = (values**2).mean()
    return squares.sqrt() if squares > 0 else ZERO


def shape(values):
    """[2]"""
    rms = root_mean_square(values)
    if rms == 0:
        return [ZERO, ZERO]
    magnitude = values.abs()
    return [(magnitude[magnitude.argmax()] / rms).log(), ((values**4).mean() / rms**4).log()]


def correlation(x, y):
    """In units of its spread in a random order, as asinh."""
    squares = (x**2).sum() * (y**2).sum()
    return ((x * y).sum() / squares.sqrt() * len(x) ** 0.5).asinh() if squares > 1e-24 else ZERO


def centred(x):
    return x - x.mean()


def tensor_numbers(weights, is_whole):
    """[14]. Targets that read sources of their own have no columns in common."""
    targets, sources, taps = weights.shape
    return [
        *f_ratios(weights, is_whole),
        spectrum(weights.reshape(targets, -1)) if is_whole else ZERO,
        spectrum(weights.transpose(0, 1).reshape(sources, -1)) if is_whole else ZERO,
        spectrum(weights.permute(2, 0, 1).reshape(taps, -1)),
        *shape(weights.flatten()),
        (root_mean_square(weights) * (sources * taps) ** 0.5 + LEAST).log(),
    ]


def pair_numbers(written, read):
    """[3] of Gram matrices [n, n]; zeros where one is of fewer neurons, as that of a depthwise convolution is."""
    if len(written) != len(read):
        return [ZERO] * 3
    n, traces = len(read), written.trace() * read.trace()
    product = (written * read).sum()
    above = torch.triu_indices(n, n, 1).unbind()
    return [
        (product * n / traces).log() if traces > 0 and product > 0 else ZERO,
        correlation(written[above], read[above]),
        correlation(centred(written.diag()), centred(read.diag())),
    ]


def vector_numbers(values):
    """[4]"""
    return [(LEAST + root_mean_square(values)).log(), (LEAST + root_mean_square(values - 1)).log(), *shape(values)]


def beside_tensor(values, sums, squares):
    """[2] of a vector, and of the sums and sums of squares of the weights that its neurons are written by, or are read by."""
    logarithms = (squares + LEAST**2).log()
    return [correlation(centred(values), centred(logarithms)), correlation(centred(values), centred(sums))]


def summary(rows, count):
    """[5 · count]"""
    if not rows:
        return ZERO.expand(5 * count)
    rows = torch.stack([torch.stack(row) for row in rows])
    return torch.cat([rows.mean(0), rows.max(0).values, rows.min(0).values, rows[0], rows[-1]])


def arrangement(graphs, network, values):
    """[FEATURES] of a network whose edges have these values, [edges], in float64."""
    tensors, pairs, vectors, beside_writer, beside_reader = [], [], [], [], []
    grams, written, read, found = {}, {}, {}, []
    blocks = range(*graphs.block_bounds[network : network + 2])
    for block, own in zip(blocks, values.split(graphs.block_edges[blocks].tolist())):
        source, target = graphs.block_ends[block]
        if graphs.block_is_weight[block] and len(own) >= LEAST_WEIGHTS:
            weights = own.reshape(graphs.block_targets[block], -1, graphs.block_taps[block])
            is_whole = graphs.block_parts[block] == 1
            targets, sources, _ = weights.shape
            tensors.append(tensor_numbers(weights, is_whole))
            written.setdefault(target, []).append((weights.sum((1, 2)), (weights**2).sum((1, 2))))
            if is_whole:
                reads = gram(weights.transpose(0, 1).reshape(sources, -1))
                writes = gram(weights.reshape(targets, -1))
                if reads is not None:
                    pairs += [pair_numbers(before, reads) for before in grams.get(source, [])]
                if writes is not None:
                    grams.setdefault(target, []).append(writes)
                read.setdefault(source, []).append((weights.sum((0, 2)), (weights**2).sum((0, 2))))
        elif not graphs.block_is_weight[block] and graphs.block_holds[block] and len(own) >= LEAST_OF_VECTOR:
            vectors.append(vector_numbers(own))
            found.append((target, own))
    for target, vector in found:
        for by_group, rows in ((written, beside_writer), (read, beside_reader)):
            rows += [beside_tensor(vector, *sums) for sums in by_group.get(target, []) if len(sums[0]) == len(vector)]
    rows = (tensors, pairs, vectors, beside_writer, beside_reader)
    return torch.cat([summary(some, count) for some, count in zip(rows, OF_EACH)])
