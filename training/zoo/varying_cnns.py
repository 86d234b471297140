"""The Varying CNNs zoo: what a run looks like (sampled from its number alone) and the network it trains.

A *spec* is a plain dictionary, so that it can be written to JSON beside the weights:
  layers   one entry per convolution: width, kernel, stride, pool, residual
  norm, norm_groups, activation, dropout, conv_bias, head, hidden, init_gain: shared by the whole network
  optimiser, rate, momentum, weight_decay, schedule, batch, samples, data_share, label_smoothing, label_noise, augment
"""

import numpy as np
from torch import nn

from training.zoo.recipe import (
    ACTIVATIONS,
    POPULATIONS,
    choose,
    draw_activation,
    draw_dropout,
    draw_hidden,
    draw_init_gain,
    draw_optimiser,
    draw_recipe,
    parameter_count,
    scale_weights,
)

NAME = "Varying CNNs"
DESCRIPTION = (
    "Networks of 2 to 5 convolutions and one or two linear layers for CIFAR-10; widths, kernels, norms, activations and training "
    "recipes vary, three checkpoints a run. Accuracies are those of the float16 weights on 10,000 test images."
)

# Forward multiply-adds per image and parameters that a run may have: they bound the time of the slowest runs on a CPU
# and the size of the zoo as it ships.
MAX_MULTIPLY_ADDS = {"in_distribution": 1_200_000, "wide": 4_000_000}
MAX_PARAMETERS = {"in_distribution": 16_000, "wide": 90_000}

MOST_SAMPLES = 600_000

WIDTHS = {"in_distribution": [8, 12, 16, 20, 24], "wide": [32, 40, 48, 56]}


def _sample_layers(rng, population):
    depth = int(choose(rng, {2: 0.2, 3: 0.35, 4: 0.3, 5: 0.15}))
    base = int(rng.choice(WIDTHS[population]))
    growth = choose(rng, {"constant": 0.45, "growing": 0.35, "free": 0.2})
    widest = max(WIDTHS[population])
    residual = rng.random() < 0.25
    layers, size, width = [], 32, base
    for index in range(depth):
        if index > 0 and growth == "growing":
            width = min(widest, width + 4 * int(rng.integers(0, 3)))
        if index > 0 and growth == "free":
            width = int(rng.choice(WIDTHS[population]))
        kernel = int(choose(rng, {3: 0.7, 5: 0.3} if index == 0 else {1: 0.08, 3: 0.72, 5: 0.2}))
        # The first layer nearly always halves the picture: it is what makes these networks cheap to train.
        shrink = size > 4 and rng.random() < (0.96 if index == 0 else 0.75 if size > 8 else 0.3)
        pool = choose(rng, {"stride": 4.0 if index == 0 else 0.8, "max": 0.6, "avg": 0.4}) if shrink else "none"
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


def draw_spec(rng, population, most_samples):
    """A spec but for the name of its run; drawn again until it is cheap and small enough."""
    while True:
        layers, size = _sample_layers(rng, population)
        norm = choose(rng, {"none": 0.25, "batch": 0.5, "group": 0.25})
        optimiser = draw_optimiser(rng)
        head = choose(rng, {"average": 0.75, "max": 0.1, "flatten": 0.15})
        spec = {
            "layers": layers,
            "norm": norm,
            "norm_groups": int(rng.choice([1, 2, 4])),
            "activation": draw_activation(rng),
            "dropout": draw_dropout(rng),
            "conv_bias": bool(norm == "none" or rng.random() < 0.3),
            # A flattened picture is kept small: its weights would outnumber all others.
            "head": "average" if head == "flatten" and size > 8 else head,
            "hidden": draw_hidden(rng),
            "init_gain": draw_init_gain(rng),
            **optimiser,
            **draw_recipe(rng, optimiser["optimiser"], most_samples),
        }
        if multiply_adds(spec) > MAX_MULTIPLY_ADDS[population]:
            continue
        if parameter_count(VaryingCnn(spec)) <= MAX_PARAMETERS[population]:
            return spec


def sample_spec(run, population="in_distribution"):
    """The spec of run number `run`: the same on every machine."""
    rng = np.random.default_rng([run, POPULATIONS[population]])
    return {"population": population, "run": run, **draw_spec(rng, population, MOST_SAMPLES)}


def make_network(spec):
    network = VaryingCnn(spec)
    scale_weights(network, spec["init_gain"])
    return network


def is_faster_in_bfloat16(spec):
    """On processors with bfloat16 matrix products; GroupNorm's steps between them cost more than they save."""
    return spec["norm"] != "group"


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
