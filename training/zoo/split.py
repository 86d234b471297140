"""Fixes which runs are for training, validation and test: by run, so that checkpoints of one run never stand on two sides.

  python -m training.zoo.split        writes training/splits/varying-cnns.json (once; the file is the split)
"""

import json
from pathlib import Path

import numpy as np

PATH = Path(__file__).parent.parent / "splits" / "varying-cnns.json"
RUNS = 4000
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def load():
    """run number → "train", "validation" or "test"."""
    split = json.loads(PATH.read_text())
    return {run: part for part, runs in split.items() for run in runs}


def main():
    order = np.random.default_rng(2026).permutation(RUNS).tolist()
    split, start = {}, 0
    for part, share in SHARES.items():
        count = round(share * RUNS)
        split[part] = sorted(order[start : start + count])
        start += count
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(split))
    print({part: len(runs) for part, runs in split.items()})


if __name__ == "__main__":
    main()
