"""Gradient-boosted trees that read statistics of weights, fitted by scikit-learn, as the tensors of a checkpoint.

What reads them: src/metanets/boosted-trees.ts.
"""

import numpy as np
import torch
from sklearn.ensemble import GradientBoostingRegressor

from training.metanets.data import arrangements
from training.metanets.statnn import features_of

# What trees read, by the metanets' names on the command line, the checkpoints and the page: (as the page shows it, [n, features] of graphs).
STATISTICS = {
    "statnn": ("StatNN", lambda graphs, indices: features_of(graphs, indices).numpy()),
    "spectral-statnn": ("Spectral StatNN", arrangements),
}
# Predicted accuracies are kept within these, so that they have a logit.
LEAST_ACCURACY, MOST_ACCURACY = 0.001, 0.999


def fit_trees(features, accuracy, seed=0, **setting):
    """Leaves are rounded to float32, as a checkpoint stores them: what is scored is what is shipped."""
    model = GradientBoostingRegressor(**setting, random_state=seed).fit(features, accuracy)
    for estimator in model.estimators_[:, 0]:
        estimator.tree_.value[:] = estimator.tree_.value.astype(np.float32)
    return model


def predict_trees(model, features):
    """Accuracies [n]."""
    return np.clip(model.predict(features), LEAST_ACCURACY, MOST_ACCURACY)


def tree_config(model):
    """All that is not in the trees: the prediction is initial + rate · (sum of the leaves that a network comes to)."""
    return {"trees": len(model.estimators_), "initial": float(model.init_.constant_.item()), "rate": model.learning_rate}


LEAF = 255  # in place of a feature


def tree_tensors(model):
    """The nodes of all trees in one list, each followed by its left child: what it compares, with which threshold, and how far behind it
    its right child stands. A leaf holds its value."""
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    for tree in trees:
        inside = np.flatnonzero(tree.children_left >= 0)
        assert (tree.children_left[inside] == inside + 1).all() and tree.n_features <= LEAF
    joined = lambda parts: np.concatenate(list(parts))
    is_leaf = joined(tree.children_left < 0 for tree in trees)
    # Features are float32: x ≤ threshold exactly if x ≤ the next float32 below it.
    exact = joined(tree.threshold for tree in trees)
    threshold = exact.astype(np.float32)
    threshold = np.where(threshold > exact, np.nextafter(threshold, np.float32(-np.inf)), threshold)
    to_right = joined(tree.children_right - np.arange(tree.node_count) for tree in trees)
    tensors = {
        "root": np.cumsum([0, *(tree.node_count for tree in trees)])[:-1].astype(np.int32),
        "feature": np.where(is_leaf, LEAF, joined(tree.feature for tree in trees)).astype(np.uint8),
        "number": np.where(is_leaf, joined(tree.value[:, 0, 0] for tree in trees), threshold).astype(np.float32),
        "to_right": np.where(is_leaf, 0, to_right).astype(np.uint16),
    }
    return {name: torch.from_numpy(array) for name, array in tensors.items()}


def predict_from_tensors(tensors, config, features):
    """Accuracies [n] by the trees of a checkpoint: all networks go down a tree together."""
    tree = {name: tensors[name].numpy() for name in ("root", "feature", "number", "to_right")}
    features = features.astype(np.float32)
    total, rows = np.zeros(len(features)), np.arange(len(features))
    for root in tree["root"]:
        node = np.full(len(features), root)
        while (inside := tree["feature"][node] != LEAF).any():
            compared = np.where(inside, tree["feature"][node], 0)
            step = np.where(features[rows, compared] <= tree["number"][node], 1, tree["to_right"][node])
            node = np.where(inside, node + step, node)
        total += tree["number"][node]
    return np.clip(config["initial"] + config["rate"] * total, LEAST_ACCURACY, MOST_ACCURACY)
