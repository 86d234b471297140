"""The table of the GMN paper (Lim et al., ICLR 2024, accuracy prediction) on our zoo: every metanet, every share of training
networks, several seeds.

  python -m training.table run --zoo ZOO.safetensors --graphs GRAPHS.safetensors [--wide-zoo … --wide-graphs …] --jobs work/table
  python -m training.table show --jobs work/table --out training/results/table.json     prints it as Markdown

A job is one metanet, one cell, one learning rate and one seed, and leaves one JSON file: what is there is skipped, so that
several workers (--worker k/n) and several sittings can share the work. First every metanet's learning rate is chosen on the
validation networks with the first seed; then the other seeds run with that rate.

Cells: 50 % and 5 % of all runs in training (as many of the 70 % that the split allows), tested on the 20 % of the test split;
OOD: all training runs, tested on the wide population, whose layers are wider than any in training.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau

from training.metanets.data import Graphs
from training.metanets.registry import METANETS
from training.metanets.statnn import features_of
from training.metanets.train import load_records, load_targets, predict, quality, read_options, split_networks, train
from training.metanets.train_trees import boosted_trees, recipe_features

TRAIN_SHARE = 0.7  # of the runs, by the split
CELLS = {"50 %": 0.5 / TRAIN_SHARE, "5 %": 0.05 / TRAIN_SHARE, "OOD": 1.0}
# Further points of the data-efficiency curve: shares of all runs.
CURVE = {"1 %": 0.01 / TRAIN_SHARE, "15 %": 0.15 / TRAIN_SHARE, "70 %": 1.0}
RATES = [5e-4, 1e-3, 2e-3, 4e-3, 1e-2]
SEEDS = 3
TREES = {"statnn": "StatNN", "hyper": "Hyper-parameters only"}
# Lim et al., Table 1: R² and τ on their own zoos, about 30,000 networks each.
PUBLISHED = {
    "deepsets": {"50 %": (0.778, 0.697), "5 %": (0.692, 0.648), "OOD": (0.741, 0.683)},
    "dmc": {"50 %": (0.948, 0.876), "5 %": (0.816, 0.762), "OOD": (0.387, 0.760)},
    "gmn": {"50 %": (0.978, 0.915), "5 %": (0.876, 0.797), "OOD": (0.891, 0.870)},
}


class Zoo:
    """Graphs, targets and recipes of one population."""

    def __init__(self, zoo, graphs):
        self.graphs = Graphs(graphs)
        self.targets, self.runs = load_targets(zoo, self.graphs.names)
        self.records = load_records(zoo, self.graphs.names)

    @property
    def accuracy(self):
        return self.targets[:, 0].double().numpy()


def share_of_runs(zoo, parts, share):
    """The parts, with the networks of only this share of the training runs."""
    runs = np.unique(zoo.runs[parts["train"]])
    kept = runs[: max(1, round(share * len(runs)))]
    train_indices = parts["train"][np.isin(zoo.runs[parts["train"]], kept)]
    return {**parts, "train": train_indices}


def run_job(job, zoo, wide):
    """Quality on validation and on the cell's own test networks."""
    cell = job["cell"]
    parts = share_of_runs(zoo, split_networks(zoo.runs), {**CELLS, **CURVE}[cell])
    test = wide if cell == "OOD" else zoo
    test_indices = np.arange(test.graphs.count) if cell == "OOD" else parts["test"]
    if job["metanet"] in TREES:
        read = {
            "statnn": lambda z: features_of(z.graphs, range(z.graphs.count)).numpy(),
            "hyper": lambda z: np.array([recipe_features(record) for record in z.records], float),
        }[job["metanet"]]
        model, validation, predicted = boosted_trees(read(zoo), zoo.accuracy, parts, read(test)[test_indices])
    else:
        options = read_options([job["metanet"], "--rate", str(job["rate"]), "--seed", str(job["seed"])])
        # As many steps for little data as for much, up to a point: few networks are seen more often.
        options.epochs = min(4 * options.epochs, round(options.epochs * (0.7 * len(zoo.runs) / len(parts["train"])) ** 0.5))
        model = train(zoo.graphs, zoo.targets, parts, options)
        validation = quality(predict(model, zoo.graphs, parts["validation"])[0], zoo.accuracy[parts["validation"]])
        predicted = predict(model, test.graphs, test_indices)[0]
    return {
        **job,
        "trainNetworks": len(parts["train"]),
        "validation": validation,
        "test": quality(predicted, test.accuracy[test_indices]),
    }


def path_of(folder, job):
    name = f"{job['metanet']} {job['cell']} rate {job['rate']} seed {job['seed']}.json"
    return Path(folder) / name.replace(" ", "-").replace("%", "percent")


def wanted_jobs(metanets, cells, folder):
    """All jobs whose learning rate is known: the sweep first, on the cell of 50 %."""
    for metanet in metanets:
        if metanet in TREES:
            yield from ({"metanet": metanet, "cell": cell, "rate": 0, "seed": 0} for cell in cells)
            continue
        sweep = [{"metanet": metanet, "cell": "50 %", "rate": rate, "seed": 0} for rate in RATES]
        yield from sweep
        paths = [path_of(folder, job) for job in sweep]
        if not all(path.exists() for path in paths):
            continue
        best = max((json.loads(path.read_text()) for path in paths), key=lambda result: result["validation"]["r2"])
        for cell in cells:
            seeds = range(SEEDS) if cell in CELLS else range(1)
            yield from ({"metanet": metanet, "cell": cell, "rate": best["rate"], "seed": seed} for seed in seeds)


def run(options):
    torch.set_num_threads(1)
    folder = Path(options.jobs)
    folder.mkdir(parents=True, exist_ok=True)
    zoo = Zoo(options.zoo, options.graphs)
    wide = Zoo(options.wide_zoo, options.wide_graphs) if options.wide_zoo else None
    cells = [cell for cell in {**CELLS, **CURVE} if cell != "OOD" or wide]
    worker, workers = (int(part) for part in options.worker.split("/"))
    mine = options.metanets[worker::workers]
    while open_jobs := [job for job in wanted_jobs(mine, cells, folder) if not path_of(folder, job).exists()]:
        job = open_jobs[0]
        print(job, flush=True)
        result = run_job(job, zoo, wide)
        path_of(folder, job).write_text(json.dumps(result, indent=1))
        print({key: result[key] for key in ("validation", "test")}, flush=True)


def tie_ceiling(zoo):
    """Kendall's τ-b of the best prediction that breaks all ties of the true accuracies: what ties leave to win."""
    accuracy = zoo.accuracy
    order = accuracy + 1e-9 * np.arange(len(accuracy))
    return float(kendalltau(order, accuracy)[0])


def summary(folder):
    """metanet → cell → mean and deviation of R² and τ over the seeds that ran with the chosen rate."""
    table = {}
    results = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    for metanet in [*METANETS, *TREES]:
        own = [result for result in results if result["metanet"] == metanet]
        sweep = [result for result in own if result["cell"] == "50 %" and result["seed"] == 0]
        if not sweep:
            continue
        rate = max(sweep, key=lambda result: result["validation"]["r2"])["rate"]
        table[metanet] = {"rate": rate, "cells": {}}
        for cell in {**CELLS, **CURVE}:
            chosen = [result for result in own if result["cell"] == cell and result["rate"] == rate]
            if not chosen:
                continue
            measure = lambda name: [result["test"][name] for result in chosen]
            table[metanet]["cells"][cell] = {
                "trainNetworks": chosen[0]["trainNetworks"],
                "seeds": len(chosen),
                **{name: float(np.mean(measure(name))) for name in ("r2", "tau", "meanAbsoluteError")},
                **{f"{name}Deviation": float(np.std(measure(name))) for name in ("r2", "tau")},
            }
    return table


def show(options):
    table = summary(options.jobs)
    if options.out:
        Path(options.out).write_text(json.dumps(table, indent=1) + "\n")
    names = {**{key: metanet.name for key, metanet in METANETS.items()}, **TREES}
    cells = [cell for cell in CELLS if any(cell in row["cells"] for row in table.values())]
    print("| metanet | " + " | ".join(f"{cell}: R² · τ | published" for cell in cells) + " |")
    print("|---" * (1 + 2 * len(cells)) + "|")
    for metanet, row in table.items():
        columns = [names[metanet]]
        for cell in cells:
            own, published = row["cells"].get(cell), PUBLISHED.get(metanet, {}).get(cell)
            spread = lambda name: f"{own[name]:.3f} ± {own[f'{name}Deviation']:.3f}" if own["seeds"] > 1 else f"{own[name]:.3f}"
            columns += [f"{spread('r2')} · {spread('tau')}" if own else "–"]
            columns += [f"{published[0]:.3f} · {published[1]:.3f}" if published else "–"]
        print("| " + " | ".join(columns) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.set_defaults(command=run)
    for name in ("--zoo", "--graphs"):
        running.add_argument(name, required=True)
    for name in ("--wide-zoo", "--wide-graphs"):
        running.add_argument(name)
    running.add_argument("--worker", default="0/1", help="this worker / all workers: they share the metanets")
    running.add_argument("--metanets", nargs="+", default=[*METANETS, *TREES], choices=[*METANETS, *TREES])
    showing = commands.add_parser("show")
    showing.set_defaults(command=show)
    showing.add_argument("--out")
    for command in (running, showing):
        command.add_argument("--jobs", required=True)
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
