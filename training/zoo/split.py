"""Fixes which runs are for training, validation and test: by run, so that checkpoints of one run never stand on two sides,
and with the same shares of every kind of network.

  python -m training.zoo.split        writes training/splits/*.json (once; the files are the splits)
"""

import json
from pathlib import Path

import numpy as np

from training.zoo import diverse

FOLDER = Path(__file__).parent.parent / "splits"
RUNS = 4000
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
# The kind of run r of a zoo is r modulo this.
KINDS = {"varying-cnns": 1, "diverse": len(diverse.KINDS)}


def load(zoo="varying-cnns"):
    """run number → "train", "validation" or "test"."""
    split = json.loads((FOLDER / f"{zoo}.json").read_text())
    return {run: part for part, runs in split.items() for run in runs}


def make(kinds):
    """{part: run numbers}, every kind divided on its own."""
    rng, split = np.random.default_rng(2026), {part: [] for part in SHARES}
    for kind in range(kinds):
        order, start = rng.permutation(np.arange(kind, RUNS, kinds)).tolist(), 0
        for part, share in SHARES.items():
            count = round(share * len(order))
            split[part] += order[start : start + count]
            start += count
    return {part: sorted(runs) for part, runs in split.items()}


def main():
    FOLDER.mkdir(exist_ok=True)
    for zoo, kinds in KINDS.items():
        split = make(kinds)
        (FOLDER / f"{zoo}.json").write_text(json.dumps(split))
        print(zoo, {part: len(runs) for part, runs in split.items()})


if __name__ == "__main__":
    main()
