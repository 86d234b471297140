"""Zoos as metanets see them: the parameter graphs of their networks, what is known of each, and which part each belongs to."""

import json
import math
from functools import cached_property

import numpy as np
import torch
from safetensors import safe_open
from scipy.stats import kendalltau

from training.metanets.data import Graphs
from training.zoo import split as zoo_split

# What metanets learn to predict: test accuracy; and, while training only, train accuracy and log test loss.
TARGETS = 3


def read_records(path):
    """What a pack (training.zoo.pack) says of its networks: by name their zoo, accuracies and hyper-parameters."""
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    return {record["name"]: {"zoo": metadata["zoo"], **record} for record in json.loads(metadata["networks"])}


class Dataset:
    """Networks of one or more packs, in the order of the graphs' files. `parts` holds the indices of each part of the split, which
    is by run; under "wide" those of the wide populations; and under "edited-train" and so on those of the edited ones
    (training/zoo/edit_runs.py)."""

    def __init__(self, zoo_paths, graphs_paths):
        self.graphs = Graphs(*graphs_paths)
        by_name = {name: record for path in zoo_paths for name, record in read_records(path).items()}
        self.records = [by_name[name] for name in self.graphs.names]
        self.zoos = sorted({record["zoo"] for record in self.records})
        self.runs = np.array([f"{record['zoo']} {record['population']} {record['run']:06d}" for record in self.records])
        logarithm = lambda loss: math.log(min(max(loss, 0.05), 20.0))
        self.targets = torch.tensor(
            [[r["test_accuracy"], r["train_accuracy"], logarithm(r["test_loss"])] for r in self.records]
        )
        self.accuracy = self.targets[:, 0].double().numpy()
        splits = {zoo: zoo_split.load(zoo) for zoo in self.zoos}

        def part_of(record):
            part = splits[record["zoo"]].get(record["run"])
            return {"wide": "wide", "edited": f"edited-{part}"}.get(record["population"], part)

        parts = np.array([part_of(record) for record in self.records])
        names = [*zoo_split.SHARES, "wide", *(f"edited-{part}" for part in zoo_split.SHARES)]
        self.parts = {part: np.flatnonzero(parts == part) for part in names}

    @cached_property
    def as_trained(self):
        """Indices of the networks that were not edited."""
        return np.array([index for index, record in enumerate(self.records) if "edit" not in record])

    @cached_property
    def shown(self):
        """Indices of the networks that the page shows: those as trained, then edited ones that no metanet has learned from."""
        return np.concatenate([self.as_trained, self.parts["edited-test"]])

    def taught(self, edits):
        """Indices of the networks that a metanet learns from, edited ones of these kinds among them."""
        return np.concatenate([self.parts["train"], self.parts["edited-train"][np.isin(self.edit_kinds("edited-train"), edits)]])

    def edit_kinds(self, part):
        """How each network of a part of edited ones was edited."""
        return np.array([self.records[index]["edit"]["kind"] for index in self.parts[part]])


def quality(predicted, true):
    """R², Kendall's τ-b, mean absolute error."""
    residual, spread = ((predicted - true) ** 2).sum(), ((true - true.mean()) ** 2).sum()
    return {
        "r2": float(1 - residual / spread),
        "tau": float(kendalltau(predicted, true)[0]),
        "meanAbsoluteError": float(np.abs(predicted - true).mean()),
    }
