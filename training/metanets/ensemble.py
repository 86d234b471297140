"""The metanets together: the mean of their predictions, weighted by how well each does on the networks for validation."""

import numpy as np

from training.metanets.checkpoint import after_edits, interval
from training.metanets.dataset import quality

# DMC reads neurons in the order of the file: with it the mean would hang on that order, too.
LEFT_OUT = ("dmc",)


def together(predicted, dataset):
    """`predicted`: by metanet the accuracies of all networks, [n]. Returns (card, accuracies [n])."""
    parts, accuracy = dataset.parts, dataset.accuracy
    validation = parts["validation"]
    errors = {
        name: np.mean((values[validation] - accuracy[validation]) ** 2)
        for name, values in predicted.items()
        if name not in LEFT_OUT
    }
    total = sum(1 / error for error in errors.values())
    weights = {name: float(1 / error / total) for name, error in errors.items()}
    mean = sum(weight * predicted[name] for name, weight in weights.items())
    of = {part: mean[indices] for part, indices in parts.items()}
    test = parts["test"]
    card = {
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "test": quality(of["test"], accuracy[test]),
        "interval": interval(of["test"], accuracy[test], dataset.runs[test], grows=True),
        **after_edits(of, dataset),
    }
    return card, mean
