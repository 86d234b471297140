"""The metanets together: the mean of their predictions, weighted by how well each does on the networks for validation."""

import numpy as np

from training.metanets.checkpoint import interval
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
    residuals = {part: np.abs(mean - accuracy)[indices] for part, indices in parts.items()}
    tested = lambda part: quality(mean[parts[part]], accuracy[parts[part]])
    card = {
        "weights": {name: round(weight, 4) for name, weight in weights.items()},
        "test": tested("test"),
        "interval": interval(residuals["validation"], residuals["test"]),
    }
    if len(parts["edited-test"]):
        card["edited"] = {
            "test": tested("edited-test"),
            "interval": interval(residuals["edited-validation"], residuals["edited-test"]),
        }
    return card, mean
