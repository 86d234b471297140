"""A small network on features of a whole network:

  outputs = W3 h + b3,    h = SiLU(W2 SiLU(W1 z + b1) + b2),    z = (x − mean) / deviation, no further than CLIP from 0

Equations: src/metanets/feature-mlp.ts, line by line the same.
"""

import torch
from torch import nn

from training.metanets.layers import Dropout

CLIP = 8.0
WIDTH = 64
DROPOUT = 0.3


class FeatureMlp(nn.Module):
    """Returns (outputs, h). `noise`, in deviations, is added while training."""

    def __init__(self, inputs, outputs, noise=0.0):
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))
        self.first = nn.Linear(inputs, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.output = nn.Linear(WIDTH, outputs)
        self.dropout = Dropout(DROPOUT)
        self.noise = noise

    def fit(self, mean, deviation):
        """Takes over what the features are on average and how much they vary, [inputs] each."""
        self.mean.copy_(torch.as_tensor(mean))
        self.deviation.copy_(torch.as_tensor(deviation))

    def forward(self, x):
        z = ((x - self.mean) / self.deviation).clamp(-CLIP, CLIP)
        if self.training:
            z = z + self.noise * torch.randn_like(z)
        hidden = self.dropout(nn.functional.silu(self.first(z)))
        hidden = self.dropout(nn.functional.silu(self.second(hidden)))
        return self.output(hidden), hidden
