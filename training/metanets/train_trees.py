"""Fits boosted trees: StatNN's (Unterthiner et al., 2020: statistics of every tensor), which the page loads; and for the
table those that read the training recipe alone, without any weights: what one could know without looking.

  python -m training.metanets.train_trees --zoo ZOO.safetensors --graphs GRAPHS.safetensors --out public/checkpoints/statnn.safetensors

The setting is chosen on the validation networks.
"""

import argparse
import json
import sys

import numpy as np
import torch

from training.metanets.boosted_trees import fit_trees, predict_trees, tree_config, tree_tensors
from training.metanets.data import Graphs
from training.metanets.statnn import features_of, mean_and_deviation
from training.metanets.train import load_targets, quality, split_networks, write_checkpoint

TREES = [
    {"n_estimators": trees, "max_depth": depth, "learning_rate": rate, "subsample": 0.6, "max_features": features}
    for trees, rate in ((300, 0.05), (800, 0.03))
    for depth in (3, 5, 7)
    for features in (0.15, 0.4)
]


def recipe_features(record):
    """The hyper-parameters as numbers."""
    one_hot = lambda value, options: [float(value == option) for option in options]
    layers = record["layers"]
    return [
        *(record[k] for k in ("samples_seen", "rate", "momentum", "weight_decay", "batch", "data_share", "label_smoothing")),
        *(record[k] for k in ("label_noise", "dropout", "init_gain", "hidden", "norm_groups")),
        len(layers),
        *(np.mean([layer[k] for layer in layers]) for k in ("width", "kernel", "stride", "residual")),
        layers[0]["width"],
        *one_hot(record["norm"], ("none", "batch", "group")),
        *one_hot(record["optimiser"], ("sgd", "adam", "adamw", "rmsprop")),
        *one_hot(record["activation"], ("relu", "gelu", "silu", "leaky_relu", "elu", "tanh")),
        *one_hot(record["head"], ("average", "max", "flatten")),
        *one_hot(record["schedule"], ("constant", "cosine", "linear")),
        *one_hot(record["augment"], ("none", "flip", "flip_crop")),
    ]


def boosted_trees(features, accuracy, parts, test_features):
    """The best of several settings on validation: the trees, their setting and quality there, and what they say of the others."""
    fits = []
    for setting in TREES:
        model = fit_trees(features[parts["train"]], accuracy[parts["train"]], **setting)
        validation = quality(predict_trees(model, features[parts["validation"]]), accuracy[parts["validation"]])
        fits.append((validation["r2"], setting, model, validation))
    _, setting, model, validation = max(fits, key=lambda fit: fit[0])
    return model, {**validation, "setting": setting}, predict_trees(model, test_features)


def write_statnn(path, model, features, graphs, targets, runs, parts):
    """The trees as a checkpoint. Networks are compared to the zoo by their standardised features."""
    mean, deviation = mean_and_deviation(features[parts["train"]])
    standardised = ((features - mean) / deviation).numpy()
    card = {
        "metanet": "statnn",
        "name": "StatNN",
        "config": tree_config(model),
        "command": f"python -m training.metanets.train_trees {' '.join(sys.argv[1:])}",
    }
    tensors = {**tree_tensors(model), "features_mean": mean.float(), "features_deviation": deviation.float()}
    predicted = {part: predict_trees(model, features[indices].numpy()) for part, indices in parts.items()}
    embeddings = {part: standardised[indices] for part, indices in parts.items()}
    return write_checkpoint(path, card, tensors, graphs, targets, runs, predicted, embeddings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--zoo", "--graphs", "--out"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    graphs = Graphs(options.graphs)
    targets, runs = load_targets(options.zoo, graphs.names)
    parts = split_networks(runs)
    features = features_of(graphs, range(graphs.count))
    accuracy = targets[:, 0].double().numpy()
    model, validation, _ = boosted_trees(features.numpy(), accuracy, parts, features.numpy())
    print(validation)
    card = write_statnn(options.out, model, features, graphs, targets, runs, parts)
    print(json.dumps({key: card[key] for key in ("networks", "validation", "test", "interval")}, indent=1))


if __name__ == "__main__":
    main()
