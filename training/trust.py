"""How well the domain check tells the zoo's networks from others (training/outliers.py): area under the ROC curve of the distance
that the page shows, between the held-out networks and each kind of outlier.

  python -m training.trust --checkpoint public/checkpoints/varying-cnns/gmn.safetensors --zoo ZOO.safetensors \
      --graphs GRAPHS.safetensors --outliers work/outliers --out training/results/varying-cnns.trust.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from training.metanets.checkpoint import domain_distance, load_model, read_checkpoint, weights_sum
from training.metanets.data import Graphs
from training.metanets.dataset import Dataset
from training.metanets.predict import predict_outputs
from training.outliers import KINDS


def measure(options):
    dataset = Dataset(options.zoo, options.graphs)
    card, tensors = read_checkpoint(options.checkpoint)
    model = load_model(card, tensors, dataset.graphs)

    def distance(graphs, indices):
        return domain_distance(card, tensors, graphs, indices, predict_outputs(model, graphs, indices)[1])

    held_out = distance(dataset.graphs, dataset.parts["test"])
    results = {
        "checkpoint": weights_sum(tensors),
        "heldOut": {"networks": len(held_out), "flagged": float((held_out > 1).mean())},
    }
    for kind in KINDS:
        path = Path(options.outliers) / f"test-{kind}.safetensors"
        if not path.exists():
            print(f"{kind}: not measured, there is no {path}")
            continue
        others = Graphs(path)
        far = distance(others, np.arange(others.count))
        truth = np.r_[np.zeros(len(held_out)), np.ones(len(far))]
        area = float(roc_auc_score(truth, np.r_[held_out, far]))
        results[kind] = {"networks": len(far), "auroc": area, "flagged": float((far > 1).mean())}
        print(kind, results[kind], flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--zoo", "--graphs"):
        parser.add_argument(name, nargs="+", required=True)
    for name in ("--checkpoint", "--outliers", "--out"):
        parser.add_argument(name, required=True)
    measure(parser.parse_args())


if __name__ == "__main__":
    main()
