"""Deep meta-classifier: a one-dimensional CNN over the sequence of a network's parameters (Eilertsen et al., "Classifying the
classifier", ECAI 2020), with the layers of Lim et al., "The Empirical Impact of Neural Parameter Symmetries, or Lack Thereof"
(NeurIPS 2024). The sequence has an order: exchanging two neurons moves the output.

Equations: src/metanets/dmc/dmc.ts, line by line the same.
"""

import torch
from torch import nn

from training.metanets.data import parameters
from training.metanets.layers import NormedLinear

KERNEL = 5
LAYERS = 10
# Channels double from layer to layer up to the full width; from then on only every other layer pools.
DOUBLINGS = 5


class BatchNorm(nn.Module):
    """nn.BatchNorm1d without its count of batches: a checkpoint holds nothing but weights."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x):
        return nn.functional.batch_norm(x, self.mean, self.variance, self.weight, self.bias, self.training)


class Layer(nn.Module):
    """BN(ReLU(conv x)), then max pooling of two positions."""

    def __init__(self, inputs, outputs, pools):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, KERNEL, padding="same")
        self.norm = BatchNorm(outputs)
        self.pools = pools

    def forward(self, x, length):
        """x [n, channels, positions], 0 beyond each network's length [n]. Padding is in no sum, maximum or statistic."""
        x = nn.functional.relu(self.conv(x)).transpose(1, 2)
        inside = _inside(x.shape[1], length)
        normed = torch.full_like(x, -torch.inf)
        normed[inside] = self.norm(x[inside])
        normed = normed.transpose(1, 2)
        if self.pools:
            # The last position of an odd number stays: no sequence, however short, is pooled away.
            normed, length = nn.functional.max_pool1d(normed, 2, ceil_mode=True), (length + 1) // 2
        return normed.masked_fill(~_inside(normed.shape[2], length)[:, None], 0), length


def _inside(positions, length):
    """[n, positions]: which positions belong to the network."""
    return torch.arange(positions) < length[:, None]


class Dmc(nn.Module):
    """Returns (logits [n, outputs], embedding [n, width])."""

    def __init__(self, outputs, width=64):
        super().__init__()
        self.config = {"width": width}
        channels = [1, *(max(2, width >> max(0, DOUBLINGS - layer)) for layer in range(LAYERS))]
        self.layers = nn.ModuleList(
            Layer(channels[k], channels[k + 1], pools=k <= DOUBLINGS or k % 2 == 1) for k in range(LAYERS)
        )
        self.each = NormedLinear(width, width)
        self.hidden = NormedLinear(width, width)
        self.output = nn.Linear(width, outputs)

    def forward(self, batch):
        values, block = parameters(batch)
        network = batch.block_network[block]
        length = torch.bincount(network, minlength=len(batch.ends))
        place = torch.arange(len(values)) - (length.cumsum(0) - length)[network]
        x = values.new_zeros(len(length), 1, int(length.max()))
        # As GMN's edge inputs. Raw parameters differ so much in size between layers that the first two channels hear little.
        x[network, 0, place] = 0.4 * torch.asinh(4 * values * batch.block_scale[block])
        for layer in self.layers:
            x, length = layer(x, length)
        states = self.each(x.transpose(1, 2)).masked_fill(~_inside(x.shape[2], length)[..., None], 0)
        embedding = self.hidden(states.sum(1) / length.clamp(min=1)[:, None])
        return self.output(embedding), embedding
