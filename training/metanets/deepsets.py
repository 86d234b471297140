"""DeepSets (Zaheer et al., 2017) over the parameters of a network, in the form of Lim et al., "The Empirical Impact of Neural
Parameter Symmetries, or Lack Thereof" (NeurIPS 2024): a parameter is a number, and nothing says where it stands.

Equations: src/metanets/deepsets/deepsets.ts, line by line the same.
"""

from torch import nn

from training.metanets.data import parameters
from training.metanets.segments import segment_mean
from training.metanets.layers import NormedLinear


class DeepSets(nn.Module):
    """Returns (logits [n, outputs], embedding [n, width])."""

    def __init__(self, outputs, width=64):
        super().__init__()
        self.config = {"width": width}
        self.each = NormedLinear(1, width)
        self.hidden = nn.ModuleList(NormedLinear(width, width) for _ in range(2))
        self.output = nn.Linear(width, outputs)

    def forward(self, batch):
        values, block = parameters(batch)
        embedding = segment_mean(self.each(values[:, None]), batch.block_network[block], len(batch.ends))
        for layer in self.hidden:
            embedding = layer(embedding)
        return self.output(embedding), embedding
