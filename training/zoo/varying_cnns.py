"""The Varying CNNs zoo: what a run looks like (sampled from its number alone) and the network it trains.

A *spec* is a plain dictionary, so that it can be written to JSON beside the weights:
  layers   one entry per convolution: width, kernel, stride, pool, residual
  norm, norm_groups, activation, dropout, conv_bias, head, hidden, init_gain: shared by the whole network
  optimiser, rate, momentum, weight_decay, schedule, batch, samples, data_share, label_smoothing, label_noise, augment
"""

import math

import numpy as np
import torch
from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}

# Forward multiply-adds per image and parameters that a run may have: they bound the time of the slowest runs on a CPU
# and the size of the zoo as it ships.
MAX_MULTIPLY_ADDS = {"in_distribution": 1_200_000, "wide": 4_000_000}
MAX_PARAMETERS = {"in_distribution": 16_000, "wide": 90_000}

WIDTHS = {"in_distribution": [8, 12, 16, 20, 24], "wide": [32, 40, 48, 56]}


def _log_uniform(rng, low, high):
    return float(math.exp(rng.uniform(math.log(low), math.log(high))))


def _choose(rng, options):
    """Draws a key of {key: weight}."""
    keys, weights = list(options), np.array(list(options.values()), float)
    return keys[rng.choice(len(keys), p=weights / weights.sum())]


def _sample_layers(rng, population):
    depth = int(_choose(rng, {2: 0.2, 3: 0.35, 4: 0.3, 5: 0.15}))
    base = int(rng.choice(WIDTHS[population]))
    growth = _choose(rng, {"constant": 0.45, "growing": 0.35, "free": 0.2})
    widest = max(WIDTHS[population])
    residual = rng.random() < 0.25
    layers, size, width = [], 32, base
    for index in range(depth):
        if index > 0 and growth == "growing":
            width = min(widest, width + 4 * int(rng.integers(0, 3)))
        if index > 0 and growth == "free":
            width = int(rng.choice(WIDTHS[population]))
        kernel = int(_choose(rng, {3: 0.7, 5: 0.3} if index == 0 else {1: 0.08, 3: 0.72, 5: 0.2}))
        # The first layer nearly always halves the picture: it is what makes these networks cheap to train.
        shrink = size > 4 and rng.random() < (0.96 if index == 0 else 0.75 if size > 8 else 0.3)
        pool = _choose(rng, {"stride": 4.0 if index == 0 else 0.8, "max": 0.6, "avg": 0.4}) if shrink else "none"
        same_shape = index > 0 and width == layers[-1]["width"] and pool in ("none", "max", "avg")
        layers.append(
            {
                "width": width,
                "kernel": kernel,
                "stride": 2 if pool == "stride" else 1,
                "pool": pool if pool in ("max", "avg") else "none",
                "residual": bool(residual and same_shape),
            }
        )
        size = size // 2 if shrink else size
    return layers, size


def multiply_adds(spec):
    """Forward multiply-adds of the convolutions for one 32x32 image."""
    total, channels, size = 0, 3, 32
    for layer in spec["layers"]:
        size //= layer["stride"]
        total += size * size * layer["width"] * channels * layer["kernel"] ** 2
        channels = layer["width"]
        size //= 2 if layer["pool"] != "none" else 1
    return total


def sample_spec(run, population="in_distribution"):
    """The spec of run number `run`: the same on every machine."""
    rng = np.random.default_rng([run, {"in_distribution": 1, "wide": 2}[population]])
    while True:
        layers, size = _sample_layers(rng, population)
        norm = _choose(rng, {"none": 0.25, "batch": 0.5, "group": 0.25})
        optimiser = _choose(rng, {"sgd": 0.35, "adam": 0.25, "adamw": 0.25, "rmsprop": 0.15})
        rate = {
            "sgd": lambda: _log_uniform(rng, 2e-3, 3e-1),
            "adam": lambda: _log_uniform(rng, 1e-4, 2e-2),
            "adamw": lambda: _log_uniform(rng, 1e-4, 2e-2),
            "rmsprop": lambda: _log_uniform(rng, 5e-5, 5e-3),
        }[optimiser]()
        head = _choose(rng, {"average": 0.75, "max": 0.1, "flatten": 0.15})
        spec = {
            "population": population,
            "run": run,
            "layers": layers,
            "norm": norm,
            "norm_groups": int(rng.choice([1, 2, 4])),
            "activation": _choose(
                rng, {"relu": 0.5, "gelu": 0.13, "silu": 0.1, "leaky_relu": 0.1, "elu": 0.07, "tanh": 0.1}
            ),
            "dropout": 0.0 if rng.random() < 0.65 else float(rng.uniform(0.05, 0.3)),
            "conv_bias": bool(norm == "none" or rng.random() < 0.3),
            # A flattened picture is kept small: its weights would outnumber all others.
            "head": "average" if head == "flatten" and size > 8 else head,
            "hidden": 0 if rng.random() < 0.6 else int(rng.choice([16, 24, 32, 48])),
            "init_gain": 1.0 if rng.random() < 0.7 else _log_uniform(rng, 0.4, 2.5),
            "optimiser": optimiser,
            "rate": rate,
            "momentum": float(rng.choice([0.0, 0.9, 0.9, 0.95])) if optimiser == "sgd" else 0.0,
            "weight_decay": 0.0 if rng.random() < 0.5 else _log_uniform(rng, 1e-5, 3e-2 if optimiser == "adamw" else 3e-3),
            "schedule": _choose(rng, {"constant": 0.4, "cosine": 0.4, "linear": 0.2}),
            "batch": int(_choose(rng, {64: 0.3, 128: 0.5, 256: 0.2})),
            "samples": int(_log_uniform(rng, 6_000, 600_000)),
            "data_share": 1.0 if rng.random() < 0.6 else _log_uniform(rng, 0.02, 1.0),
            "label_smoothing": 0.0 if rng.random() < 0.75 else float(rng.uniform(0.02, 0.2)),
            "label_noise": 0.0 if rng.random() < 0.9 else float(rng.uniform(0.1, 0.5)),
            "augment": _choose(rng, {"none": 0.5, "flip": 0.25, "flip_crop": 0.25}),
        }
        if multiply_adds(spec) > MAX_MULTIPLY_ADDS[population]:
            continue
        if sum(p.numel() for p in VaryingCnn(spec).parameters()) <= MAX_PARAMETERS[population]:
            return spec


class Block(nn.Module):
    """Convolution, normalisation, activation, dropout, residual sum, pooling: in this order."""

    def __init__(self, channels, layer, spec):
        super().__init__()
        width = layer["width"]
        self.conv = nn.Conv2d(
            channels, width, layer["kernel"], layer["stride"], layer["kernel"] // 2, bias=spec["conv_bias"]
        )
        self.norm = {
            "none": lambda: None,
            "batch": lambda: nn.BatchNorm2d(width),
            "group": lambda: nn.GroupNorm(spec["norm_groups"], width),
        }[spec["norm"]]()
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.dropout = nn.Dropout2d(spec["dropout"]) if spec["dropout"] > 0 else None
        self.residual = layer["residual"]
        self.pool = {"none": None, "max": nn.MaxPool2d(2), "avg": nn.AvgPool2d(2)}[layer["pool"]]

    def forward(self, x):
        y = self.conv(x)
        if self.norm is not None:
            y = self.norm(y)
        y = self.activation(y)
        if self.dropout is not None:
            y = self.dropout(y)
        if self.residual:
            y = y + x
        return y if self.pool is None else self.pool(y)


class VaryingCnn(nn.Module):
    """[batch, 3, 32, 32] normalised images to [batch, 10] logits."""

    def __init__(self, spec):
        super().__init__()
        channels, size, blocks = 3, 32, []
        for layer in spec["layers"]:
            blocks.append(Block(channels, layer, spec))
            channels = layer["width"]
            size = size // layer["stride"] // (1 if layer["pool"] == "none" else 2)
        self.blocks = nn.ModuleList(blocks)
        self.head = spec["head"]
        features = channels * size * size if self.head == "flatten" else channels
        self.hidden = nn.Linear(features, spec["hidden"]) if spec["hidden"] else None
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.output = nn.Linear(spec["hidden"] or features, 10)
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    module.weight.mul_(spec["init_gain"])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        if self.head == "average":
            x = x.mean((2, 3))
        elif self.head == "max":
            x = x.amax((2, 3))
        else:
            x = x.flatten(1)
        if self.hidden is not None:
            x = self.activation(self.hidden(x))
        return self.output(x)
