"""How much of the networks the intervals hold on average: is what they hold of the test split the method's doing, or the split's?

  python -m training.coverage --zoo public/zoo/diverse.json --out training/results/diverse.coverage.json

The runs for validation and for test are divided anew at random, 500 times, into as many for each as the split has; every time
intervals of all metanets are calibrated on the one part and counted on the other. Residuals that are divided at random give the wanted
share on average, whatever they are: what tells something is how many divisions hold as little as the split does. Rates, lengths and
the trees' settings were chosen on the validation runs, the ensemble's weights fitted there: it is left out.
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
    own = split[held_out] == "validation"
    for metanet in (one for one in zoo["metanets"] if one["id"] != "ensemble"):
        predicted = np.array(metanet["predicted"], float)[held_out]
        share_held = lambda chosen: interval(*((predicted[part], true[part]) for part in (chosen, ~chosen)), grows=True)["testCoverage"]
        held, of_split = np.array([share_held(chosen) for chosen in divisions]), share_held(own)
        as_little = (held <= of_split).mean()
        results["metanets"][metanet["id"]] = {
            "mean": round(held.mean(), 4),
            "deviation": round(held.std(), 4),
            "split": round(of_split, 4),
            "divisionsThatHoldNoMore": round(as_little, 4),
        }
        print(f"{metanet['name']}: {held.mean():.3f} ± {held.std():.3f}; the split {of_split:.3f}, as little in {as_little:.1%} of divisions")
    Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
