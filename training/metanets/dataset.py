"""A zoo as metanets see it: the parameter graphs of its networks, what is known of each, and which part each belongs to."""

import json
import math

import numpy as np
import torch
from safetensors import safe_open
from scipy.stats import kendalltau

from training.metanets.data import Graphs
from training.zoo import split as zoo_split

# What metanets learn to predict: test accuracy; and, while training only, train accuracy and log test loss.
TARGETS = 3


class Dataset:
    """Networks in the order of the graphs' file. `parts` holds the indices of each part of the split, which is by run."""

    def __init__(self, zoo_path, graphs_path):
        self.graphs = Graphs(graphs_path)
        with safe_open(zoo_path, "np") as file:
            metadata = file.metadata()
        by_name = {record["name"]: record for record in json.loads(metadata["networks"])}
        self.zoo = metadata["zoo"]
        self.records = [by_name[name] for name in self.graphs.names]
        self.runs = np.array([record["run"] for record in self.records])
        logarithm = lambda loss: math.log(min(max(loss, 0.05), 20.0))
        self.targets = torch.tensor(
            [[r["test_accuracy"], r["train_accuracy"], logarithm(r["test_loss"])] for r in self.records]
        )
        self.accuracy = self.targets[:, 0].double().numpy()
        part_of = zoo_split.load(self.zoo)
        parts = np.array([part_of[run] for run in self.runs])
        self.parts = {part: np.flatnonzero(parts == part) for part in zoo_split.SHARES}


def quality(predicted, true):
    """R², Kendall's τ-b, mean absolute error."""
    residual, spread = ((predicted - true) ** 2).sum(), ((true - true.mean()) ** 2).sum()
    return {
        "r2": float(1 - residual / spread),
        "tau": float(kendalltau(predicted, true)[0]),
        "meanAbsoluteError": float(np.abs(predicted - true).mean()),
    }
