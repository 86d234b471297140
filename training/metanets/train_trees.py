"""Fits boosted trees: StatNN's (Unterthiner et al., 2020: statistics of every tensor) and those that read how weights are arranged
(training/metanets/arrangement.py), which the page loads; and for the table those that read the training recipe alone, without any
weights: what one could know without looking.

  python -m training.metanets.train_trees statnn --zoo ZOO.safetensors --graphs GRAPHS.safetensors \
      --out public/checkpoints/varying-cnns/statnn.safetensors

The setting is chosen on the validation networks.
"""

import argparse
import json
import sys
import time

import numpy as np
import torch

from training.metanets.boosted_trees import STATISTICS, fit_trees, predict_trees, tree_config, tree_tensors
from training.metanets.checkpoint import write_checkpoint
from training.metanets.dataset import Dataset, quality
from training.metanets.statnn import mean_and_deviation
from training.zoo.edits import KINDS

TREES = [
    {"n_estimators": trees, "max_depth": depth, "learning_rate": rate, "subsample": 0.6, "max_features": features}
    for trees, rate in ((300, 0.05), (800, 0.03))
    for depth in (3, 5, 7)
    for features in (0.15, 0.4)
]


# What the training brought about, and names: no part of the recipe.
OUTCOMES = {"name", "run", "population", "test_accuracy", "test_loss", "train_accuracy", "train_loss"}


def recipe_numbers(value, name):
    """What one entry of a recipe holds, as numbers by name: words as one-hot, lists by their length, mean, first and last."""
    if isinstance(value, str):
        return {f"{name} {value}": 1.0}
    if isinstance(value, dict):
        return {key: number for part, entry in value.items() for key, number in recipe_numbers(entry, f"{name} {part}").items()}
    if isinstance(value, list):
        entries = [recipe_numbers(entry, name) for entry in value]
        keys = sorted({key for entry in entries for key in entry})
        mean = {key: float(np.mean([entry.get(key, 0.0) for entry in entries])) for key in keys}
        ends = {f"{key} {end}": entries[k].get(key, 0.0) for key in keys for end, k in (("first", 0), ("last", -1))}
        return {f"{name} count": float(len(value)), **mean, **ends}
    return {name: float(value or 0)}


def recipe_features(records):
    """The hyper-parameters of networks as numbers: [networks, features]."""
    recipes = [{key: value for key, value in record.items() if key not in OUTCOMES} for record in records]
    numbers = [recipe_numbers(recipe, "") for recipe in recipes]
    keys = sorted({key for row in numbers for key in row})
    return np.array([[row.get(key, 0.0) for key in keys] for row in numbers])


def boosted_trees(features, accuracy, train, validation, seed=0):
    """The best of several settings on the networks for validation: (model, its setting and quality there)."""
    fits = []
    for setting in TREES:
        model = fit_trees(features[train], accuracy[train], seed, **setting)
        found = quality(predict_trees(model, features[validation]), accuracy[validation])
        fits.append((found["r2"], setting, model, found))
    _, setting, model, found = max(fits, key=lambda fit: fit[0])
    return model, {**found, "setting": setting}


def write_trees(path, metanet, model, features, dataset, seconds):
    """The trees as a checkpoint; they took so long to learn. Networks are compared to the zoo by their standardised features."""
    mean, deviation = mean_and_deviation(torch.from_numpy(features[dataset.parts["train"]]))
    standardised = (features - mean.numpy()) / deviation.numpy()
    card = {
        "metanet": metanet,
        "name": STATISTICS[metanet][0],
        "config": tree_config(model),
        "command": f"python -m training.metanets.train_trees {' '.join(sys.argv[1:])}",
        "seconds": seconds,
    }
    tensors = {**tree_tensors(model), "features_mean": mean.float(), "features_deviation": deviation.float()}
    predicted = {part: predict_trees(model, features[indices]) for part, indices in dataset.parts.items() if len(indices)}
    embeddings = {part: standardised[indices] for part, indices in dataset.parts.items()}
    return write_checkpoint(path, card, tensors, dataset, predicted, embeddings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metanet", choices=STATISTICS)
    parser.add_argument("--zoo", nargs="+", required=True)
    parser.add_argument("--graphs", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--edits", nargs="+", choices=KINDS, default=[], help="learn from networks edited like this, too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    dataset, start = Dataset(options.zoo, options.graphs), time.time()
    features = STATISTICS[options.metanet][1](dataset.graphs, range(dataset.graphs.count))
    model, validation = boosted_trees(features, dataset.accuracy, dataset.taught(options.edits), dataset.parts["validation"])
    print(validation)
    card = write_trees(options.out, options.metanet, model, features, dataset, round(time.time() - start))
    print(json.dumps({key: card[key] for key in ("networks", "validation", "test", "interval")}, indent=1))


if __name__ == "__main__":
    main()
