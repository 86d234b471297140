"""Gradient-boosted trees that read StatNN's features, fitted by scikit-learn, as the tensors of a checkpoint.

What reads them: src/metanets/statnn/boosted-trees.ts.
"""

import numpy as np
import torch
from sklearn.ensemble import GradientBoostingRegressor

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


def tree_tensors(model):
    """The nodes of all trees in one list. A leaf's feature is −1."""
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    joined = lambda parts: np.concatenate(list(parts))
    is_leaf = joined(tree.children_left < 0 for tree in trees)
    children = lambda side: np.where(is_leaf, -1, joined(side(tree) + root for tree, root in zip(trees, roots)))
    # Features are float32: x ≤ threshold exactly if x ≤ the next float32 below it.
    exact = joined(tree.threshold for tree in trees)
    threshold = exact.astype(np.float32)
    threshold = np.where(threshold > exact, np.nextafter(threshold, np.float32(-np.inf)), threshold)
    tensors = {
        "root": roots.astype(np.int32),
        "feature": np.where(is_leaf, -1, joined(tree.feature for tree in trees)).astype(np.int32),
        "threshold": threshold.astype(np.float32),
        "left": children(lambda tree: tree.children_left).astype(np.int32),
        "right": children(lambda tree: tree.children_right).astype(np.int32),
        "value": joined(tree.value[:, 0, 0] for tree in trees).astype(np.float32),
    }
    return {name: torch.from_numpy(array) for name, array in tensors.items()}


def predict_from_tensors(tensors, config, features):
    """Accuracies [n] by the trees of a checkpoint: all networks go down a tree together."""
    tree = {name: tensors[name].numpy() for name in ("root", "feature", "threshold", "left", "right", "value")}
    features = features.astype(np.float32)
    total, rows = np.zeros(len(features)), np.arange(len(features))
    for root in tree["root"]:
        node = np.full(len(features), root)
        while (inside := tree["feature"][node] >= 0).any():
            goes_left = features[rows, tree["feature"][node]] <= tree["threshold"][node]
            node = np.where(inside, np.where(goes_left, tree["left"][node], tree["right"][node]), node)
        total += tree["value"][node]
    return np.clip(config["initial"] + config["rate"] * total, LEAST_ACCURACY, MOST_ACCURACY)
