"""What every run of a zoo draws, whatever its architecture: how the network begins and how it is trained.

The functions draw from the run's own generator, so the order in which a zoo calls them is part of its specs: changing it
changes every run.
"""

import math

import numpy as np
import torch
from torch import nn

# What a run is drawn for, and its part of the generator's seed: networks of usual widths, or strictly wider ones.
POPULATIONS = {"in_distribution": 1, "wide": 2}

ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}


def log_uniform(rng, low, high):
    return float(math.exp(rng.uniform(math.log(low), math.log(high))))


def choose(rng, options):
    """Draws a key of {key: weight}."""
    keys, weights = list(options), np.array(list(options.values()), float)
    return keys[rng.choice(len(keys), p=weights / weights.sum())]


def draw_activation(rng):
    return choose(rng, {"relu": 0.5, "gelu": 0.13, "silu": 0.1, "leaky_relu": 0.1, "elu": 0.07, "tanh": 0.1})


def draw_dropout(rng):
    return 0.0 if rng.random() < 0.65 else float(rng.uniform(0.05, 0.3))


def draw_hidden(rng):
    """Width of a fully connected layer before the output; 0 for none."""
    return 0 if rng.random() < 0.6 else int(rng.choice([16, 24, 32, 48]))


def draw_init_gain(rng):
    return 1.0 if rng.random() < 0.7 else log_uniform(rng, 0.4, 2.5)


def draw_optimiser(rng):
    optimiser = choose(rng, {"sgd": 0.35, "adam": 0.25, "adamw": 0.25, "rmsprop": 0.15})
    low, high = {"sgd": (2e-3, 3e-1), "adam": (1e-4, 2e-2), "adamw": (1e-4, 2e-2), "rmsprop": (5e-5, 5e-3)}[optimiser]
    return {"optimiser": optimiser, "rate": log_uniform(rng, low, high)}


def draw_recipe(rng, optimiser, most_samples):
    """Everything about the training but the optimiser; `most_samples`: the longest run, in images seen."""
    return {
        "momentum": float(rng.choice([0.0, 0.9, 0.9, 0.95])) if optimiser == "sgd" else 0.0,
        "weight_decay": 0.0 if rng.random() < 0.5 else log_uniform(rng, 1e-5, 3e-2 if optimiser == "adamw" else 3e-3),
        "schedule": choose(rng, {"constant": 0.4, "cosine": 0.4, "linear": 0.2}),
        "batch": int(choose(rng, {64: 0.3, 128: 0.5, 256: 0.2})),
        "samples": int(log_uniform(rng, 6_000, most_samples)),
        "data_share": 1.0 if rng.random() < 0.6 else log_uniform(rng, 0.02, 1.0),
        "label_smoothing": 0.0 if rng.random() < 0.75 else float(rng.uniform(0.02, 0.2)),
        "label_noise": 0.0 if rng.random() < 0.9 else float(rng.uniform(0.1, 0.5)),
        "augment": choose(rng, {"none": 0.5, "flip": 0.25, "flip_crop": 0.25}),
    }


@torch.no_grad()
def scale_weights(network, gain):
    """Multiplies the initial weights of all convolutions and linear layers."""
    for module in network.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Linear)):
            module.weight.mul_(gain)


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())
