"""The network that tells what is unlike a zoo (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019), from how
the weights are arranged (training/metanets/arrangement.py) and from a metanet's embedding x:

  logit = w3 · SiLU(W2 SiLU(W1 z + b1) + b2) + b3,    z = (x − mean) / deviation, no further than CLIP from 0

Equations: src/metanets/outlier-net.ts, line by line the same.
"""

import numpy as np
import torch
from torch import nn

from training.metanets.arrangement import FEATURES
from training.metanets.layers import Dropout

CLIP = 8.0
PREFIX = "domain.outlier."
LEAST_DEVIATION = 0.02  # of the largest of the arrangement, of the embedding: what hardly varies must not weigh much


class OutlierNet(nn.Module):
    def __init__(self, inputs, width=64, dropout=0.3):
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.output = nn.Linear(width, 1)
        self.dropout = Dropout(dropout)

    def fit(self, inside):
        """Takes mean and deviation of what is inside, [n, inputs]."""
        deviation = inside.std(0)
        for part in (slice(FEATURES), slice(FEATURES, None)):
            deviation[part] = np.maximum(deviation[part], LEAST_DEVIATION * deviation[part].max())
        self.mean.copy_(torch.tensor(inside.mean(0)))
        self.deviation.copy_(torch.tensor(deviation))

    def forward(self, x, noise=0.0):
        """[n, inputs] to [n]"""
        z = ((x - self.mean) / self.deviation).clamp(-CLIP, CLIP)
        z = z + noise * torch.randn_like(z)
        hidden = self.dropout(nn.functional.silu(self.first(z)))
        return self.output(self.dropout(nn.functional.silu(self.second(hidden))))[:, 0]


@torch.no_grad()
def outlier_logits(tensors, read):
    """Of a checkpoint's tensors, [n], in float64."""
    own = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    net = OutlierNet(len(own["mean"]), len(own["first.bias"]))
    net.load_state_dict(own)
    return net.double().eval()(torch.tensor(read, dtype=torch.float64)).numpy()
