"""How much of the networks the intervals hold on average: is what they hold of the test split the method's doing, or the split's?

  python -m training.coverage --zoo public/zoo/diverse.json --out training/results/diverse.coverage.json

The runs for validation and for test are divided anew at random, 500 times, into as many for each as the split has; every time
intervals of all metanets are calibrated on the one part and counted on the other. No metanet has learned from either part.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.metanets.checkpoint import interval

DIVISIONS = 500


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True, help="what the page shows of it")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    zoo = json.loads(Path(options.zoo).read_text())
    columns, words = zoo["columns"], zoo["words"]["split"]
    split = np.array(words["values"])[np.array(words["codes"])]
    held_out = np.isin(split, ["validation", "test"])
    true, runs = np.array(columns["accuracy"], float)[held_out], np.array(columns["run"])[held_out]
    calibration_runs = len(np.unique(runs[split[held_out] == "validation"]))
    random, distinct = np.random.default_rng(0), np.unique(runs)
    divisions = [np.isin(runs, random.permutation(distinct)[:calibration_runs]) for _ in range(DIVISIONS)]
    results = {"divisions": DIVISIONS, "runs": len(distinct), "calibrationRuns": calibration_runs, "metanets": {}}
    for metanet in zoo["metanets"]:
        predicted = np.array(metanet["predicted"], float)[held_out]
        judged = [[(predicted[part], true[part]) for part in (chosen, ~chosen)] for chosen in divisions]
        held = np.array([interval(*parts, grows=True)["testCoverage"] for parts in judged])
        results["metanets"][metanet["id"]] = {"mean": round(held.mean(), 4), "deviation": round(held.std(), 4)}
        print(f"{metanet['name']}: {held.mean():.3f} ± {held.std():.3f}")
    Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
