"""Teaches GMN's checkpoint to tell what is unlike its zoo, and nothing else: its outputs are linear in its embedding, so that the
logit of being unlike (Hendrycks et al., 2019) is one more row, here that of a logistic regression between the embeddings of the
training networks and those of outliers (training/outliers.py). What it predicts stays as it was, to the bit.

  python -m training.metanets.outlier_head --checkpoint public/checkpoints/diverse/gmn.safetensors --zoo ZOO.safetensors \
      --graphs GRAPHS.safetensors --outliers work/diverse-outliers

How strongly weights are held to zero is chosen on the networks for validation and a tenth of the outliers.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from training.metanets.checkpoint import DOMAIN_QUANTILE, load_model, read_checkpoint
from training.metanets.data import Graphs
from training.metanets.dataset import TARGETS, Dataset
from training.metanets.predict import predict_outputs

STRENGTHS = [1e-3, 1e-2, 1e-1, 1.0]
HELD_BACK = 10  # every so manieth outlier
LEAST_DEVIATION = 0.02  # of the largest: what hardly varies must not weigh much


def fit_row(inside, unlike, validation):
    """(row [width], bias) on embeddings as they are, best of several strengths."""
    kept = np.arange(len(unlike)) % HELD_BACK > 0
    seen = np.concatenate([inside, unlike[kept]])
    truth = np.r_[np.zeros(len(inside)), np.ones(kept.sum())]
    mean, deviation = inside.mean(0), inside.std(0)
    deviation = np.maximum(deviation, LEAST_DEVIATION * deviation.max())
    standard = lambda embeddings: (embeddings - mean) / deviation
    judged = standard(np.concatenate([validation, unlike[~kept]]))
    fits = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000).fit(standard(seen), truth)
        area = roc_auc_score(np.r_[np.zeros(len(validation)), np.ones((~kept).sum())], model.decision_function(judged))
        fits.append((area, strength, model))
    area, strength, model = max(fits, key=lambda fit: fit[0])
    print(f"C {strength}: AUROC {area:.3f} between networks for validation and outliers held back")
    row = model.coef_[0] / deviation
    return row, float(model.intercept_[0] - row @ mean)


def with_row(tensors, row, bias):
    """The checkpoint's tensors with that row as the output after the targets, in place of one that is there."""
    half = len(row) // 2
    rows = {"before": (row[:half], bias), "after": (row[half:], 0.0)}
    added = {}
    for head, (weight, offset) in rows.items():
        for name, value in (("weight", torch.tensor(weight)[None]), ("bias", torch.tensor([offset]))):
            old = tensors[f"{head}.output.{name}"][:TARGETS]
            added[f"{head}.output.{name}"] = torch.cat([old, value.to(old.dtype)]).contiguous()
    return {**tensors, **added}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--zoo", "--graphs"):
        parser.add_argument(name, nargs="+", required=True)
    for name in ("--checkpoint", "--outliers"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    card, tensors = read_checkpoint(options.checkpoint)
    dataset = Dataset(options.zoo, options.graphs)
    model = load_model(card, tensors, dataset.graphs)
    embeddings = lambda graphs, indices: predict_outputs(model, graphs, indices)[1]
    inside, validation = (embeddings(dataset.graphs, dataset.parts[part]) for part in ("train", "validation"))
    outliers = [Graphs(path) for path in sorted(Path(options.outliers).glob("train-*.safetensors"))]
    unlike = np.concatenate([embeddings(graphs, np.arange(graphs.count)) for graphs in outliers])
    row, bias = fit_row(inside, unlike, validation)
    tensors = with_row(tensors, row, bias)
    rounded = np.concatenate([tensors[f"{head}.output.weight"][TARGETS].double().numpy() for head in ("before", "after")])
    logits = validation @ rounded + float(tensors["before.output.bias"][TARGETS])
    card["outputs"] = TARGETS + 1
    card["command"] += f" && python -m training.metanets.outlier_head {' '.join(sys.argv[1:])}"
    card["domain"]["outlierThreshold"] = float(np.quantile(logits, DOMAIN_QUANTILE))
    save_file(tensors, options.checkpoint, {"card": json.dumps(card)})


if __name__ == "__main__":
    main()
