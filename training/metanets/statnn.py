"""StatNN (Unterthiner et al., "Predicting Neural Network Accuracy from Weights", 2020): a few statistics of every tensor, read
by an MLP or by boosted trees (training/metanets/train_trees.py). Statistics do not know which weight belongs to which neuron.

The paper's networks all have the same layers. Here they do not: tensors are aligned from the front and from the back, and
averaged. Equations: src/metanets/statnn, line by line the same.
"""

import torch
from torch import nn

from training.metanets.data import holds_parameters, parameters
from training.metanets.segments import segment_mean
from training.metanets.layers import Dropout, NormedLinear

SLOTS = 4
QUANTILES = (0, 0.25, 0.5, 0.75, 1)
STATISTICS = 2 + len(QUANTILES)
# First and last tensors and their mean, of weights and of vectors, and how many of each there are.
FEATURES = 2 * ((2 * SLOTS + 1) * STATISTICS + 1)
LEAST_DEVIATION = 1e-6


def block_statistics(values, block, count):
    """Mean, variance and quantiles (interpolated, as numpy does) of the values of each block: [count, STATISTICS]."""
    by_value = torch.argsort(values)
    ordered = values[by_value[torch.argsort(block[by_value], stable=True)]]
    number = torch.bincount(block, minlength=count)
    first = number.cumsum(0) - number
    mean = segment_mean(values[:, None], block, count)
    variance = segment_mean((values[:, None] - mean[block]) ** 2, block, count)
    last = (number - 1).clamp(min=0)
    place = last[:, None] * torch.tensor(QUANTILES, dtype=torch.float64)
    below = place.floor().long()
    low = ordered[(first[:, None] + below).clamp(max=len(ordered) - 1)]
    high = ordered[(first[:, None] + torch.minimum(below + 1, last[:, None])).clamp(max=len(ordered) - 1)]
    return torch.cat([mean, variance, low + (high - low) * (place - below).to(values.dtype)], 1)


def _aligned(rows):
    """The first and the last SLOTS tensors, zeros where there are fewer, and the mean of all; how many there are."""
    nothing = rows.new_zeros(SLOTS, STATISTICS)
    mean = rows.sum(0) / max(1, len(rows))
    slots = [torch.cat([rows, nothing])[:SLOTS].flatten(), torch.cat([nothing, rows])[-SLOTS:].flatten()]
    return torch.cat([*slots, mean, rows.new_tensor([len(rows)])])


@torch.no_grad()
def statnn_features(batch):
    """[n, FEATURES]: of the weights, then of the vectors (biases, norms)."""
    statistics = block_statistics(*parameters(batch), len(batch.block_edges))
    holds = holds_parameters(batch)
    parts = [holds & batch.is_weight, holds & ~batch.is_weight]
    return torch.stack(
        [
            torch.cat([_aligned(statistics[part & (batch.block_network == network)]) for part in parts])
            for network in range(len(batch.ends))
        ]
    )


def features_of(graphs, indices):
    """The features of many networks, formed in float64 as the page does."""
    rows = []
    for k in range(0, len(indices), 64):
        batch = graphs.batch(indices[k : k + 64])
        batch.values = batch.values.double()
        rows.append(statnn_features(batch))
    return torch.cat(rows)


def mean_and_deviation(features):
    """Of each feature over the rows; 1 for the deviation of what does not vary."""
    deviation = features.std(0, correction=0)
    return features.mean(0), torch.where(deviation < LEAST_DEVIATION, 1.0, deviation)


class StatNN(nn.Module):
    """Returns (logits [n, outputs], embedding [n, width])."""

    def __init__(self, outputs, width=256, dropout=0.1):
        super().__init__()
        self.config = {"width": width}
        self.register_buffer("features_mean", torch.zeros(FEATURES))
        self.register_buffer("features_deviation", torch.ones(FEATURES))
        self.hidden = nn.ModuleList([NormedLinear(FEATURES, width), NormedLinear(width, width)])
        self.output = nn.Linear(width, outputs)
        self.dropout = Dropout(dropout)

    def fit(self, graphs, indices):
        """Takes the features' mean and deviation over the training networks."""
        mean, deviation = mean_and_deviation(features_of(graphs, indices))
        self.features_mean.copy_(mean)
        self.features_deviation.copy_(deviation)

    def forward(self, batch):
        embedding = (statnn_features(batch) - self.features_mean) / self.features_deviation
        for layer in self.hidden:
            embedding = self.dropout(layer(embedding))
        return self.output(embedding), embedding
