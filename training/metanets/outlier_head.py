"""Adds to GMN's checkpoint how to tell what is unlike its zoo, and changes nothing of what it predicts: a small network
(training/metanets/outlier_net.py) that learns to tell the training networks from outliers (training/outliers.py).

  python -m training.metanets.outlier_head --checkpoint public/checkpoints/diverse/gmn.safetensors --zoo ZOO.safetensors \
      --graphs GRAPHS.safetensors --outliers work/diverse-outliers
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch.nn import functional as F

from training.metanets.checkpoint import DOMAIN_QUANTILE, load_model, read_checkpoint
from training.metanets.data import Graphs, arrangements
from training.metanets.dataset import Dataset
from training.metanets.outlier_net import PREFIX, outlier_logits, outlier_net
from training.metanets.predict import predict_outputs

EPOCHS, BATCH, RATE, WEIGHT_DECAY = 40, 128, 2e-3, 0.1
HELD_BACK = 10  # every so manieth outlier, to see how well it is told


def train_net(inside, unlike):
    """The network that tells rows of `inside` from rows of `unlike`, which count as much together."""
    torch.manual_seed(0)
    rows = torch.tensor(np.concatenate([inside, unlike]), dtype=torch.float32)
    truth = torch.cat([torch.zeros(len(inside)), torch.ones(len(unlike))])
    weight = torch.where(truth == 1, len(rows) / (2 * len(unlike)), len(rows) / (2 * len(inside)))
    net = outlier_net(inside)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    per_epoch = len(rows) // BATCH
    for step in range(EPOCHS * per_epoch):
        if step % per_epoch == 0:
            order = torch.randperm(len(rows))
        chosen = order[step % per_epoch * BATCH :][:BATCH]
        for group in optimiser.param_groups:
            group["lr"] = RATE * (0.5 + 0.5 * math.cos(math.pi * step / (EPOCHS * per_epoch)))
        loss = F.binary_cross_entropy_with_logits(net(rows[chosen])[0][:, 0], truth[chosen], weight[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()


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

    def read(graphs, indices):
        return np.concatenate([arrangements(graphs, indices), predict_outputs(model, graphs, indices)[1]], 1)

    inside, validation = (read(dataset.graphs, dataset.parts[part]) for part in ("train", "validation"))
    outliers = [Graphs(path) for path in sorted(Path(options.outliers).glob("train-*.safetensors"))]
    unlike = np.concatenate([read(graphs, np.arange(graphs.count)) for graphs in outliers])
    is_kept = np.arange(len(unlike)) % HELD_BACK > 0
    net = train_net(inside, unlike[is_kept])
    tensors |= {PREFIX + name: value.contiguous() for name, value in net.state_dict().items()}
    logits, theirs = (outlier_logits(tensors, rows) for rows in (validation, unlike[~is_kept]))
    truth = np.r_[np.zeros(len(logits)), np.ones(len(theirs))]
    print(f"AUROC {roc_auc_score(truth, np.r_[logits, theirs]):.3f}: networks for validation, outliers held back")
    training, *_ = card["command"].split(" && ")
    card["command"] = f"{training} && python -m training.metanets.outlier_head {' '.join(sys.argv[1:])}"
    card["domain"]["outlierThreshold"] = float(np.quantile(logits, DOMAIN_QUANTILE))
    save_file(tensors, options.checkpoint, {"card": json.dumps(card)})


if __name__ == "__main__":
    main()
