"""Writes what the page's Zoo view shows of a zoo: what each network is, how accurate, and what every shipped metanet says of it.

  python -m training.zoo.publish --zoo ZOO.safetensors --graphs GRAPHS.safetensors --out public/zoo/varying-cnns.json

ZOO is a pack (training.zoo.pack), GRAPHS its parameter graphs (training/write-graphs.ts). Metanets are the checkpoints in
public/checkpoints. The file is JSON in columns: a list per property, or, where it has few values, {"values", "codes"}.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from training.metanets.boosted_trees import LEAST_ACCURACY, MOST_ACCURACY
from training.metanets.checkpoint import load_model, read_checkpoint
from training.metanets.data import CONSTANT_KINDS
from training.metanets.dataset import Dataset, quality
from training.metanets.predict import predict
from training.metanets.statnn import features_of
from training.zoo.zoos import ZOOS

PUBLIC = Path(__file__).parent.parent.parent / "public"
DIGITS = 4


def predict_with_trees(checkpoint, config, graphs):
    """Accuracies [n] by boosted trees: all networks go down a tree together."""
    tree = {name: checkpoint[name].numpy() for name in ("root", "feature", "threshold", "left", "right", "value")}
    features = features_of(graphs, range(graphs.count)).numpy().astype(np.float32)
    total, rows = np.zeros(len(features)), np.arange(len(features))
    for root in tree["root"]:
        node = np.full(len(features), root)
        while (inside := tree["feature"][node] >= 0).any():
            goes_left = features[rows, tree["feature"][node]] <= tree["threshold"][node]
            node = np.where(inside, np.where(goes_left, tree["left"][node], tree["right"][node]), node)
        total += tree["value"][node]
    return np.clip(config["initial"] + config["rate"] * total, LEAST_ACCURACY, MOST_ACCURACY)


def predict_all(path, graphs):
    """(card, accuracies [n]) of a checkpoint."""
    card, tensors = read_checkpoint(path)
    if "trees" in card["config"]:
        return card, predict_with_trees(tensors, card["config"], graphs)
    return card, predict(load_model(card, tensors, graphs), graphs, range(graphs.count))[0]


def parameter_counts(graphs):
    """Of each network, as the page counts them."""
    holds = graphs.edge_facts[:, CONSTANT_KINDS].sum(1).numpy() == 0
    counts = np.concatenate([[0], np.cumsum(np.where(holds, graphs.block_edges, 0))])
    return np.diff(counts[graphs.block_bounds])


def coded(values):
    kinds = sorted(set(values))
    return {"values": kinds, "codes": [kinds.index(value) for value in values]}


def rounded(numbers):
    return [round(float(number), DIGITS) for number in numbers]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--graphs", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)

    dataset = Dataset(options.zoo, options.graphs)
    graphs, parts, records, accuracy = dataset.graphs, dataset.parts, dataset.records, dataset.accuracy
    of = lambda key: [record[key] for record in records]
    part_of = {int(index): part for part, indices in parts.items() for index in indices}
    with safe_open(PUBLIC / "zoo" / "sample.safetensors", "np") as file:
        shipped = set(file.keys())

    metanets = []
    for path in sorted((PUBLIC / "checkpoints").glob("*.safetensors")):
        card, predicted = predict_all(path, graphs)
        by_part = {part: quality(predicted[indices], accuracy[indices]) for part, indices in parts.items()}
        interval = {key: card["interval"][key] for key in ("coverage", "halfWidth")}
        print(card["name"], json.dumps(by_part))
        said = {"id": card["metanet"], "name": card["name"], "interval": interval}
        metanets.append({**said, "quality": by_part, "predicted": rounded(predicted)})

    zoo = {
        "name": ZOOS[dataset.zoo].NAME,
        "description": ZOOS[dataset.zoo].DESCRIPTION,
        "dataset": "CIFAR-10",
        "columns": {
            "name": graphs.names,
            "run": of("run"),
            "split": coded([part_of[index] for index in range(graphs.count)]),
            "accuracy": rounded(accuracy),
            "trainAccuracy": rounded(of("train_accuracy")),
            "samplesSeen": of("samples_seen"),
            "parameters": parameter_counts(graphs).tolist(),
            "depth": [len(record["layers"]) for record in records],
            "widest": [max(layer["width"] for layer in record["layers"]) for record in records],
            **{key: coded(of(key)) for key in ("norm", "activation", "optimiser", "head")},
        },
        "shipped": [index for index, name in enumerate(graphs.names) if name in shipped],
        "metanets": metanets,
    }
    out = Path(options.out)
    out.write_text(json.dumps(zoo, separators=(",", ":")) + "\n")
    print(f"{graphs.count} networks, {out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
