"""Layers that several metanets are made of."""

from torch import nn


class NormedLinear(nn.Module):
    """ReLU(LN(W x + b))"""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, x):
        return nn.functional.relu(self.norm(self.linear(x)))
