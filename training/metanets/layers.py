"""Layers that several metanets are made of."""

import torch
from torch import nn


class NormedLinear(nn.Module):
    """ReLU(LN(W x + b))"""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, x):
        return nn.functional.relu(self.norm(self.linear(x)))


class Dropout(nn.Module):
    """nn.Dropout, with one random number for eight values: on a CPU, drawing masks took a sixth of GMN's training. The share that is
    dropped is rounded to a whole number of 256ths."""

    def __init__(self, share):
        super().__init__()
        self.dropped = round(256 * share)

    def forward(self, x):
        if not self.training or self.dropped == 0:
            return x
        words = torch.empty(-(-x.numel() // 8), dtype=torch.int64, device=x.device).random_(-(2**63), None)
        is_kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self.dropped
        return x * is_kept.to(x.dtype).mul_(256 / (256 - self.dropped))
