"""The table of the GMN paper (Lim et al., ICLR 2024, accuracy prediction) on our zoos: every metanet, every share of training
networks, several seeds.

  python -m training.table run --zoo ZOO.safetensors ZOO-WIDE.safetensors --graphs GRAPHS.safetensors \
      --jobs training/results/varying-cnns.table.jsonl
  python -m training.table show --jobs training/results/varying-cnns.table.jsonl     prints it as Markdown

A job is one training: one metanet, one share of the training runs, one learning rate and one seed. It leaves one line of JSON, with
the quality on the networks of the test split and on those of the wide population, whose layers are wider than any in training
(OOD). What is there is skipped, so that several workers (each with --metanets of its own) and several sittings can share the work.
First every metanet's learning rate is chosen on the validation networks, in trainings of half the length; then, for the shares below
a half, how long to learn, for few networks are soon known by heart; then the seeds run with both.

Shares are of all runs; the split leaves 70 % of them for training.

The same with what the repository ships, so that a clone is enough: of the held-out runs a third is for test, three times, and the
others are learned from, for the curve also a half, a quarter and an eighth of these, with the rate that was best for all:

  npx tsx training/write-graphs.ts GRAPHS.safetensors public/zoo/diverse.safetensors
  python -m training.table run --shipped --zoo public/zoo/diverse.safetensors --graphs GRAPHS.safetensors \
      --jobs training/results/diverse.shipped.jsonl
"""

import argparse
import functools
import json
import time
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau

from training.metanets.boosted_trees import STATISTICS, predict_trees
from training.metanets.dataset import Dataset, quality
from training.metanets.predict import predict
from training.metanets.registry import METANETS
from training.metanets.train import read_options, train
from training.metanets.train_trees import boosted_trees, recipe_features
from training.zoo.split import SHARES

# Shares of the table, with this many seeds each, and further points of the data-efficiency curve, with one.
TABLE, SEEDS = [0.5, 0.05], 3
CURVE = [0.01, 0.15]
SWEEP_LENGTH = 0.5
# In the place of a share: two thirds of the runs that are shipped; for the curve every so manieth of these.
SHIPPED = "shipped"
SHIPPED_CURVE = {f"{SHIPPED}/{every}": every for every in (2, 4, 8)}
EVERY = {SHIPPED: 1, **SHIPPED_CURVE}
VALIDATION_SHARE = 6  # every so manieth of them
# Of small shares, times the metanet's own length.
LENGTHS = [0.25, 0.5, 1.0]
TREES = {**{key: name for key, (name, _) in STATISTICS.items()}, "hyper": "Hyper-parameters only"}
NAMES = {**{key: metanet.name for key, metanet in METANETS.items()}, **TREES}
CELLS = {"50 %": (0.5, "test"), "5 %": (0.05, "test"), "OOD": (0.5, "wide")}
SHIPPED_CELLS = {"a third of the held-out runs": (SHIPPED, "test"), "OOD": (SHIPPED, "wide")}
# Lim et al., Table 1: R² and τ on their own zoos, about 30,000 networks each.
PUBLISHED = {
    "varying-cnns": {
        "deepsets": {"50 %": (0.778, 0.697), "5 %": (0.692, 0.648), "OOD": (0.741, 0.683)},
        "dmc": {"50 %": (0.948, 0.876), "5 %": (0.816, 0.762), "OOD": (0.387, 0.760)},
        "gmn": {"50 %": (0.978, 0.915), "5 %": (0.876, 0.797), "OOD": (0.891, 0.870)},
    },
    "diverse": {
        "deepsets": {"50 %": (0.562, 0.559), "5 %": (0.126, 0.290), "OOD": (0.128, 0.380)},
        "dmc": {"50 %": (0.957, 0.883), "5 %": (0.810, 0.758), "OOD": (-0.134, 0.566)},
        "gmn": {"50 %": (0.975, 0.908), "5 %": (0.918, 0.828), "OOD": (0.768, 0.780)},
    },
}


def share_of_runs(zoo, share):
    """Indices of the training networks of this share of all runs."""
    indices = zoo.parts["train"]
    runs = np.unique(zoo.runs[indices])
    kept = runs[: max(1, round(share / SHARES["train"] * len(runs)))]
    return indices[np.isin(zoo.runs[indices], kept)]


def thirds(zoo, seed, every):
    """Parts of the networks of runs that no shipped checkpoint has learned from: a third for test, another for each of three seeds.
    Of the runs to learn from, every so manieth is."""
    held_out = zoo.parts["test"]
    runs = np.random.default_rng(2026).permutation(np.unique(zoo.runs[held_out]))
    is_tested = np.arange(len(runs)) % SEEDS == seed
    tested, others = runs[is_tested], runs[~is_tested]
    part = lambda chosen: held_out[np.isin(zoo.runs[held_out], chosen)]
    is_judged = np.arange(len(others)) % VALIDATION_SHARE == 0
    return {"test": part(tested), "validation": part(others[is_judged]), "train": part(others[~is_judged][::every])}


@functools.cache
def tree_features(metanet, zoo):
    """What trees read of every network: the recipe, or statistics of its weights."""
    if metanet == "hyper":
        return recipe_features(zoo.records)
    return STATISTICS[metanet][1](zoo.graphs, range(zoo.graphs.count))


def run_job(job, zoo):
    """Quality on the networks for validation, for test, and of the wide population."""
    start = time.time()
    every = EVERY.get(job["share"])
    own = thirds(zoo, job["seed"], every) if every else {"train": share_of_runs(zoo, job["share"])}
    parts = {**zoo.parts, **own}
    judged = ("validation", "test", "wide")
    if job["metanet"] in TREES:
        features = tree_features(job["metanet"], zoo)
        model, _ = boosted_trees(features, zoo.accuracy, parts["train"], parts["validation"], job["seed"])
        predicted = {part: predict_trees(model, features[parts[part]]) for part in judged}
    else:
        options = read_options([job["metanet"], "--rate", str(job["rate"]), "--seed", str(job["seed"])])
        # As many steps for little data as for much, up to a point: few networks are seen more often.
        more = 4.0 * every**0.5 if every else min(4.0, (len(zoo.parts["train"]) / len(parts["train"])) ** 0.5)
        options.epochs = max(1, round(options.epochs * job["length"] * more))
        model = train(zoo, parts["train"], parts["validation"], options)
        predicted = {part: predict(model, zoo.graphs, parts[part]) for part in judged}
    return {
        **job,
        "trainNetworks": len(parts["train"]),
        "seconds": round(time.time() - start),
        **{part: quality(predicted[part], zoo.accuracy[parts[part]]) for part in judged},
    }


def job_of(metanet, share, rate, length, seed=0):
    return {"metanet": metanet, "share": share, "rate": rate, "seed": seed, "length": length}


def key_of(job):
    return tuple(job[name] for name in ("metanet", "share", "rate", "seed", "length"))


def read_results(path):
    """What has been done: by job, its result."""
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return {key_of(result): result for result in map(json.loads, lines)}


def best_of(jobs, results):
    """The one whose result was best on the networks for validation; None while not all are done."""
    done = [results.get(key_of(job)) for job in jobs]
    return max(done, key=lambda result: result["validation"]["r2"]) if all(done) else None


def sweep(metanet, results, share):
    """Trainings with one learning rate each, and the best rate: None while there are such to run. Rates are doubled, or halved, as
    long as that is better."""
    own, rates = read_options([metanet]).rate, [1.0, 2.0]
    while True:
        jobs = [job_of(metanet, share, own * rate, SWEEP_LENGTH) for rate in rates]
        best = best_of(jobs, results)
        if not best:
            return jobs, None
        if best["rate"] == own * min(rates):
            rates.append(min(rates) / 2)
        elif best["rate"] == own * max(rates):
            rates.append(max(rates) * 2)
        else:
            return jobs, best["rate"]


def plan_shipped(metanet, results):
    """The same of what is shipped: the rate is chosen on the first third."""
    choosing, rate = ([], 0.0) if metanet in TREES else sweep(metanet, results, SHIPPED)
    if rate is None:
        return choosing, []
    return choosing, [job_of(metanet, share, rate, SWEEP_LENGTH, seed) for share in EVERY for seed in range(SEEDS)]


def plan(metanet, results):
    """The trainings that choose rate and lengths, and those that the table and the curve show: as far as what is done tells."""
    choosing, rate = ([], 0.0) if metanet in TREES else sweep(metanet, results, TABLE[0])
    shown = []
    if rate is None:
        return choosing, shown
    for share in [*TABLE, *CURVE]:
        lengths = [1.0] if metanet in TREES or share == TABLE[0] else LENGTHS
        candidates = [job_of(metanet, share, rate, length) for length in lengths]
        choosing += candidates
        if best := best_of(candidates, results):
            seeds = range(SEEDS if share in TABLE else 1)
            shown += [job_of(metanet, share, rate, best["length"], seed) for seed in seeds]
    return choosing, shown


def planned(metanet, results, is_shipped):
    return (plan_shipped if is_shipped else plan)(metanet, results)


def next_job(metanets, results, is_shipped):
    """The first that is still to do, the table's before the curve's; None when all are done."""
    jobs = [job for metanet in metanets for some in planned(metanet, results, is_shipped) for job in some]
    open_jobs = [job for job in jobs if key_of(job) not in results]
    return min(open_jobs, key=lambda job: job["share"] in (*CURVE, *SHIPPED_CURVE), default=None)


def run(options):
    torch.set_num_threads(1)
    zoo = Dataset(options.zoo, options.graphs)
    while job := next_job(options.metanets, read_results(options.jobs), options.shipped):
        print(job, flush=True)
        result = run_job(job, zoo)
        with open(options.jobs, "a") as file:
            file.write(json.dumps(result) + "\n")
        print({part: result[part] for part in ("validation", "test", "wide")}, flush=True)


def tie_ceiling(accuracy):
    """Kendall's τ-b of a prediction that puts networks in the right order and has no ties: what the ties in the truth leave."""
    return float(kendalltau(np.argsort(np.argsort(accuracy, kind="stable")), accuracy)[0])


def summary(results, is_shipped):
    """metanet → share → networks in training, and for test and wide R² and τ of every seed."""
    table = {}
    for metanet in NAMES:
        for job in planned(metanet, results, is_shipped)[1]:
            if result := results.get(key_of(job)):
                entry = table.setdefault(metanet, {}).setdefault(job["share"], {})
                entry.setdefault("networks", []).append(result["trainNetworks"])
                for part in ("test", "wide"):
                    for name in ("r2", "tau"):
                        entry.setdefault((part, name), []).append(result[part][name])
    return table


def spread(numbers):
    """Mean, and sample deviation where there are several. All seeds learn from the same runs: how else these might be drawn is not in it."""
    return f"{np.mean(numbers):.3f}" + (f" ± {np.std(numbers, ddof=1):.3f}" if len(numbers) > 1 else "")


def print_table(head, rows):
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


def show(options):
    table = summary(read_results(options.jobs), options.shipped)
    cells, published = (SHIPPED_CELLS, {}) if options.shipped else (CELLS, PUBLISHED.get(options.published, {}))
    rows = []
    for metanet, shares in table.items():
        row = [NAMES[metanet]]
        for cell, (share, part) in cells.items():
            entry, paper = shares.get(share), published.get(metanet, {}).get(cell)
            row += [f"{spread(entry[part, 'r2'])} · {spread(entry[part, 'tau'])}" if entry else "–"]
            row += [f"{paper[0]:.3f} · {paper[1]:.3f}" if paper else "–"] * bool(published)
        rows.append(row)
    heads = [head for cell in cells for head in (f"{cell}: R² · τ", "published")[: 1 + bool(published)]]
    print_table(["metanet", *heads], rows)
    # The data-efficiency curve: networks to learn from, against R² on test networks.
    counts = {}
    for shares in table.values():
        for share, entry in shares.items():
            counts[share] = max(counts.get(share, 0), max(entry["networks"]))
    columns = sorted(counts, key=counts.get)
    cell = lambda entry: spread(entry["test", "r2"]) if entry else "–"
    curve = [[NAMES[metanet], *(cell(shares.get(share)) for share in columns)] for metanet, shares in table.items()]
    print()
    print_table(["networks to learn from, at most", *(f"{counts[share]:,}" for share in columns)], curve)
    if options.zoo:
        zoo = Dataset(options.zoo, options.graphs)
        for part in ("test", "wide"):
            print(f"tie ceiling of τ, {part}: {tie_ceiling(zoo.accuracy[zoo.parts[part]]):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    running, showing = commands.add_parser("run"), commands.add_parser("show")
    running.set_defaults(command=run)
    showing.set_defaults(command=show)
    for command, is_needed in ((running, True), (showing, False)):
        command.add_argument("--zoo", nargs="+", required=is_needed, help="packs, those of the wide population among them")
        command.add_argument("--graphs", nargs="+", required=is_needed)
    running.add_argument("--metanets", nargs="+", default=[*NAMES], choices=[*NAMES])
    showing.add_argument("--published", default="varying-cnns", help="the zoo of the paper's table")
    for command in (running, showing):
        command.add_argument("--shipped", action="store_true", help="on the networks that the repository ships")
        command.add_argument("--jobs", required=True, help="file that results are added to")
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
