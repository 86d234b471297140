"""Adds to GMN's checkpoint how to tell what is unlike its zoo (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR
2019), and changes nothing of what it predicts: a logistic regression between the training networks and outliers (training/outliers.py),
on GMN's embedding and on how the weights are arranged (training/metanets/arrangement.py), which a shuffled network gives away.

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

from training.metanets.arrangement import FEATURES, arrangements
from training.metanets.checkpoint import DOMAIN_QUANTILE, load_model, read_checkpoint
from training.metanets.data import Graphs
from training.metanets.dataset import Dataset
from training.metanets.predict import predict_outputs

STRENGTHS = [1e-3, 1e-2, 1e-1, 1.0]
HELD_BACK = 10  # every so manieth outlier
LEAST_DEVIATION = 0.02  # of the largest of the ratios, of the embedding: what hardly varies must not weigh much


def fit_row(inside, unlike, validation):
    """[numbers read + 1], the bias last: best of several strengths."""
    kept = np.arange(len(unlike)) % HELD_BACK > 0
    seen = np.concatenate([inside, unlike[kept]])
    truth = np.r_[np.zeros(len(inside)), np.ones(kept.sum())]
    mean, deviation = inside.mean(0), inside.std(0)
    for part in (slice(FEATURES), slice(FEATURES, None)):
        deviation[part] = np.maximum(deviation[part], LEAST_DEVIATION * deviation[part].max())
    standard = lambda numbers: (numbers - mean) / deviation
    judged = standard(np.concatenate([validation, unlike[~kept]]))
    fits = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000).fit(standard(seen), truth)
        area = roc_auc_score(np.r_[np.zeros(len(validation)), np.ones((~kept).sum())], model.decision_function(judged))
        fits.append((area, strength, model))
    area, strength, model = max(fits, key=lambda fit: fit[0])
    print(f"C {strength}: AUROC {area:.3f} between networks for validation and outliers held back")
    row = model.coef_[0] / deviation
    return np.r_[row, model.intercept_[0] - row @ mean]


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
    read = lambda graphs, indices: np.concatenate(
        [arrangements(graphs, indices), predict_outputs(model, graphs, indices)[1]], 1
    )
    inside, validation = (read(dataset.graphs, dataset.parts[part]) for part in ("train", "validation"))
    outliers = [Graphs(path) for path in sorted(Path(options.outliers).glob("train-*.safetensors"))]
    unlike = np.concatenate([read(graphs, np.arange(graphs.count)) for graphs in outliers])
    row = torch.tensor(fit_row(inside, unlike, validation), dtype=torch.float32)
    logits = validation @ row[:-1].double().numpy() + float(row[-1])
    card["command"] += f" && python -m training.metanets.outlier_head {' '.join(sys.argv[1:])}"
    card["domain"]["outlierThreshold"] = float(np.quantile(logits, DOMAIN_QUANTILE))
    save_file({**tensors, "domain.outlier": row}, options.checkpoint, {"card": json.dumps(card)})


if __name__ == "__main__":
    main()
