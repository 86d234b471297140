"""The Diverse Architectures zoo: what a run looks like (sampled from its number alone) and its network, which is of one of
five kinds and takes [batch, 3, 32, 32] normalised images to [batch, 10] logits.

  cnn2d     as in the Varying CNNs zoo
  cnn1d     convolutions of kernel 9 over the flattened picture, 3 × 1024
  deepsets  layers A·x_i + B·mean_j x_j + b over the set of 8×8 pixels, each with its colour and its place
  resnet    residual blocks of two convolutions
  vit       attention over patches of 8×8 pixels, with learned positions

A *spec* is a plain dictionary: population, run, kind, what the kind's own function below draws, dropout and init_gain, and
the recipe (training/zoo/recipe.py).
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from training.zoo import varying_cnns
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

NAME = "Diverse Architectures"
DESCRIPTION = (
    "2-D and 1-D convolutional networks, DeepSets, ResNets and vision transformers for CIFAR-10, small, with training recipes "
    "that vary, three checkpoints a run. Accuracies are those of the float16 weights on 10,000 test images."
)

KINDS = ["cnn2d", "cnn1d", "deepsets", "resnet", "vit"]

# Keeps this zoo's generators apart from those of the Varying CNNs zoo.
SEED = 2

MOST_SAMPLES = 150_000

# Channels or features of the layers: all of `wide` lie above all of `in_distribution`. Those of cnn2d: varying_cnns.WIDTHS.
WIDTHS = {
    "cnn1d": {"in_distribution": [8, 12, 16, 20, 24], "wide": [32, 40, 48]},
    "deepsets": {"in_distribution": [16, 24, 32, 40, 48], "wide": [56, 64, 80]},
    "resnet": {"in_distribution": [8, 12, 16], "wide": [20, 24, 32]},
    "vit": {"in_distribution": [16, 24, 32], "wide": [40, 48, 64]},
}
MAX_PARAMETERS = {
    "cnn1d": {"in_distribution": 16_000, "wide": 90_000},
    "deepsets": {"in_distribution": 16_000, "wide": 90_000},
    "resnet": {"in_distribution": 16_000, "wide": 90_000},
    "vit": {"in_distribution": 40_000, "wide": 90_000},
}

KERNEL_1D = 9
SET_SIDE = 8  # pixels of a deepsets picture, along each side
# What a pixel of a set knows of its place: sin(π·(row·y + column·x) + phase) for each of these, x and y in 0..1.
SET_WAVES = [
    (frequency * row, frequency * column, phase)
    for row, column in ((1, 0), (0, 1))
    for frequency in (1.0, 2.0, 4.0)
    for phase in (0.0, math.pi / 2)
]
PATCH = 8
PATCHES = (32 // PATCH) ** 2


def _draw_widths(rng, options, depth):
    """The same width throughout, or widths that grow."""
    if rng.random() < 0.5:
        return [int(rng.choice(options))] * depth
    return sorted(int(width) for width in rng.choice(options, depth))


def _draw_cnn1d(rng, widths):
    depth = int(choose(rng, {2: 0.3, 3: 0.45, 4: 0.25}))
    strides = [4] + [int(choose(rng, {4: 0.6, 2: 0.3, 1: 0.1})) for _ in range(depth - 1)]
    return {
        "layers": [{"width": w, "stride": s} for w, s in zip(_draw_widths(rng, widths, depth), strides)],
        "norm": choose(rng, {"none": 0.25, "batch": 0.5, "group": 0.25}),
        "norm_groups": int(rng.choice([1, 2, 4])),
        "activation": draw_activation(rng),
        "hidden": draw_hidden(rng),
    }


def _draw_deepsets(rng, widths):
    depth = int(choose(rng, {2: 0.3, 3: 0.4, 4: 0.3}))
    return {
        "widths": _draw_widths(rng, widths, depth),
        "norm": choose(rng, {"none": 0.25, "batch": 0.4, "layer": 0.35}),
        "activation": draw_activation(rng),
        "hidden": draw_hidden(rng),
    }


def _draw_resnet(rng, widths):
    depth = int(choose(rng, {1: 0.25, 2: 0.5, 3: 0.25}))
    stem, *blocks = _draw_widths(rng, widths, depth + 1)
    strides = [2] + [int(choose(rng, {1: 0.4, 2: 0.6})) for _ in range(depth - 1)]
    return {
        "stem": {"width": stem, "kernel": int(choose(rng, {3: 0.7, 5: 0.3}))},
        "blocks": [{"width": w, "stride": s} for w, s in zip(blocks, strides)],
        "norm": choose(rng, {"none": 0.15, "batch": 0.6, "group": 0.25}),
        "norm_groups": int(rng.choice([1, 2, 4])),
        "activation": draw_activation(rng),
    }


def _draw_vit(rng, widths):
    return {
        "width": int(rng.choice(widths)),
        "depth": int(choose(rng, {1: 0.35, 2: 0.4, 3: 0.25})),
        "heads": int(rng.choice([1, 2, 4])),
        "feedforward": int(rng.choice([1, 2, 4])),  # its width, in widths
        "readout": choose(rng, {"mean": 0.5, "token": 0.5}),
        "norm": "layer",
        "activation": "gelu",
    }


DRAWS = {"cnn1d": _draw_cnn1d, "deepsets": _draw_deepsets, "resnet": _draw_resnet, "vit": _draw_vit}


def sample_spec(run, population="in_distribution"):
    """The spec of run number `run`: the same on every machine."""
    kind = KINDS[run % len(KINDS)]
    rng = np.random.default_rng([run, POPULATIONS[population], SEED])
    name = {"population": population, "run": run, "kind": kind}
    if kind == "cnn2d":
        return {**name, **varying_cnns.draw_spec(rng, population, MOST_SAMPLES)}
    while True:
        architecture = DRAWS[kind](rng, WIDTHS[kind][population])
        optimiser = draw_optimiser(rng)
        spec = {
            **name,
            **architecture,
            "dropout": draw_dropout(rng),
            "init_gain": draw_init_gain(rng),
            **optimiser,
            **draw_recipe(rng, optimiser["optimiser"], MOST_SAMPLES),
        }
        if parameter_count(make_network(spec)) <= MAX_PARAMETERS[kind][population]:
            return spec


def is_faster_in_bfloat16(spec):
    """On processors with bfloat16 matrix products; elsewhere the steps between them cost more than they save."""
    kind = spec["kind"]
    return kind == "cnn1d" or (kind in ("cnn2d", "resnet") and spec["norm"] != "group")


def _norm(spec, width, batch_norm):
    return {
        "none": nn.Identity,
        "batch": lambda: batch_norm(width),
        "group": lambda: nn.GroupNorm(spec["norm_groups"], width),
        "layer": lambda: nn.LayerNorm(width),
    }[spec["norm"]]()


def _dropout(spec, dropout):
    return dropout(spec["dropout"]) if spec["dropout"] > 0 else nn.Identity()


class Head(nn.Module):
    """Features to logits, through a hidden layer or not."""

    def __init__(self, features, spec):
        super().__init__()
        self.hidden = nn.Linear(features, spec["hidden"]) if spec["hidden"] else None
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.output = nn.Linear(spec["hidden"] or features, 10)

    def forward(self, x):
        return self.output(x if self.hidden is None else self.activation(self.hidden(x)))


class Cnn1dLayer(nn.Module):
    def __init__(self, channels, layer, spec):
        super().__init__()
        width = layer["width"]
        self.conv = nn.Conv1d(
            channels, width, KERNEL_1D, layer["stride"], KERNEL_1D // 2, bias=spec["norm"] == "none"
        )
        self.norm = _norm(spec, width, nn.BatchNorm1d)
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.dropout = _dropout(spec, nn.Dropout1d)

    def forward(self, x):
        return self.dropout(self.activation(self.norm(self.conv(x))))


class Cnn1d(nn.Module):
    def __init__(self, spec):
        super().__init__()
        channels, layers = 3, []
        for layer in spec["layers"]:
            layers.append(Cnn1dLayer(channels, layer, spec))
            channels = layer["width"]
        self.layers = nn.Sequential(*layers)
        self.head = Head(channels, spec)

    def forward(self, x):
        return self.head(self.layers(x.flatten(2)).mean(2))


class EquivariantLayer(nn.Module):
    """A·x_i + B·mean_j x_j + b for every element of [batch, elements, features], norm, activation."""

    def __init__(self, features, width, spec):
        super().__init__()
        self.own, self.mean = nn.Linear(features, width), nn.Linear(features, width, bias=False)
        self.norm = _norm(spec, width, nn.BatchNorm1d)
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.dropout = _dropout(spec, nn.Dropout)

    def forward(self, x):
        y = self.own(x) + self.mean(x.mean(1, keepdim=True))
        # Every element of every set is an example of its own to the norm.
        return self.dropout(self.activation(self.norm(y.flatten(0, 1)).view(y.shape)))


class DeepSets(nn.Module):
    def __init__(self, spec):
        super().__init__()
        row, column, phase = torch.tensor(SET_WAVES).T[:, :, None, None]
        place = math.pi * (torch.arange(SET_SIDE) + 0.5) / SET_SIDE
        waves = torch.sin(row * place[:, None] + column * place + phase)
        self.register_buffer("waves", waves, persistent=False)
        features, layers = 3 + len(SET_WAVES), []
        for width in spec["widths"]:
            layers.append(EquivariantLayer(features, width, spec))
            features = width
        self.layers = nn.Sequential(*layers)
        self.head = Head(features, spec)

    def forward(self, x):
        x = torch.cat([F.avg_pool2d(x, 32 // SET_SIDE), self.waves.expand(len(x), -1, -1, -1)], 1)
        return self.head(self.layers(x.flatten(2).transpose(1, 2)).mean(1))


class BasicBlock(nn.Module):
    """Convolution, norm, activation, convolution, norm; then the sum with the input, projected where the shape changes."""

    def __init__(self, channels, block, spec):
        super().__init__()
        width, stride, bias = block["width"], block["stride"], spec["norm"] == "none"
        self.conv1, self.norm1 = nn.Conv2d(channels, width, 3, stride, 1, bias=bias), _norm(spec, width, nn.BatchNorm2d)
        self.conv2, self.norm2 = nn.Conv2d(width, width, 3, 1, 1, bias=bias), _norm(spec, width, nn.BatchNorm2d)
        self.projection = None
        if channels != width or stride > 1:
            self.projection = nn.Conv2d(channels, width, 1, stride, bias=bias)
            self.projection_norm = _norm(spec, width, nn.BatchNorm2d)
        self.activation = ACTIVATIONS[spec["activation"]]()
        self.dropout = _dropout(spec, nn.Dropout2d)

    def forward(self, x):
        y = self.dropout(self.activation(self.norm1(self.conv1(x))))
        y = self.norm2(self.conv2(y))
        return self.activation(y + (x if self.projection is None else self.projection_norm(self.projection(x))))


class ResNet(nn.Module):
    def __init__(self, spec):
        super().__init__()
        width, kernel = spec["stem"]["width"], spec["stem"]["kernel"]
        # Half the picture's size from the start: it is what makes these networks cheap to train.
        self.stem = nn.Conv2d(3, width, kernel, 2, kernel // 2, bias=spec["norm"] == "none")
        self.stem_norm = _norm(spec, width, nn.BatchNorm2d)
        self.activation = ACTIVATIONS[spec["activation"]]()
        blocks = []
        for block in spec["blocks"]:
            blocks.append(BasicBlock(width, block, spec))
            width = block["width"]
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Linear(width, 10)

    def forward(self, x):
        return self.output(self.blocks(self.activation(self.stem_norm(self.stem(x)))).mean((2, 3)))


class TransformerLayer(nn.Module):
    """Attention and feed-forward network, each after a norm and added to its input."""

    def __init__(self, spec):
        super().__init__()
        width = spec["width"]
        self.heads = spec["heads"]
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, spec["feedforward"] * width), nn.Linear(spec["feedforward"] * width, width)
        self.dropout = _dropout(spec, nn.Dropout)

    def attention(self, x):
        count, tokens, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(x).view(count, tokens, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        y = (q * size**-0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.projection(y.transpose(1, 2).reshape(x.shape))

    def forward(self, x):
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.down(F.gelu(self.up(self.norm2(x)))))


class VisionTransformer(nn.Module):
    def __init__(self, spec):
        super().__init__()
        width = spec["width"]
        self.patch = nn.Conv2d(3, width, PATCH, PATCH)
        self.token = nn.Parameter(torch.zeros(1, 1, width)) if spec["readout"] == "token" else None
        tokens = PATCHES + (self.token is not None)
        self.position = nn.Parameter(0.02 * torch.randn(1, tokens, width))
        self.layers = nn.Sequential(*(TransformerLayer(spec) for _ in range(spec["depth"])))
        self.norm, self.output = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        x = self.norm(self.layers(x + self.position))
        return self.output(x.mean(1) if self.token is None else x[:, 0])


NETWORKS = {"cnn2d": varying_cnns.VaryingCnn, "cnn1d": Cnn1d, "deepsets": DeepSets, "resnet": ResNet, "vit": VisionTransformer}


def make_network(spec):
    network = NETWORKS[spec["kind"]](spec)
    scale_weights(network, spec["init_gain"])
    return network
