"""The data card of a zoo: how it was made, what is in it, and what it is biased to. Written by training.zoo.publish, from the
zoo's own networks."""

from collections import Counter

import numpy as np

from training.zoo.zoos import ZOOS

PARTS = {
    "train": "training",
    "validation": "validation: every choice",
    "test": "test, and the widths of intervals",
    "wide": "wide: for tests only, with wider channels than any network of its kind in training",
    "edited-train": "edited as people edit them (`edits.py`), from training runs: to learn from, too",
    "edited-validation": "edited, from validation runs",
    "edited-test": "edited, from test runs: test, and the widths of intervals after edits",
}
QUANTILES = (0, 5, 25, 50, 75, 95, 100)
WORDS = {"kind": "kind", "norm": "normalisation", "activation": "activation", "optimiser": "optimiser", "schedule": "schedule"}
NUMBERS = {
    "test_accuracy": ("test accuracy, %", 100, 1),
    "samples_seen": ("training images seen", 1, 0),
    "rate": ("learning rate", 1, 5),
}

HOW = """Made by the programs in `training/zoo`: `train.py` draws every run's architecture and recipe from its number alone (the *spec*:
seeds are fixed), trains it, and keeps three checkpoints: early, in the middle, at the end. On another processor sums are rounded in
another way, and training magnifies that: the Varying CNNs, trained twice, differ in accuracy by 0.3 points on average, one by 32.

Weights are rounded to float16 **before** accuracy is measured, on all 10,000 test images. The images are CIFAR-10 (Krizhevsky, 2009) as
re-encoded JPEGs; accuracies differ a little from those on the original pixels. Hyper-parameters, seeds and accuracies stand in the header
of the pack, a safetensors file whose tensors are ONNX files, one per network.

Parts are by run, fixed in `training/splits`: checkpoints of one run never stand on two sides."""

BIASES = """- One data set of small pictures, ten classes. What metanets learn here says nothing about networks for other data; the page says so of such
  networks.
- Small networks, at most {most:,} parameters{wide}, cheap first layers: what two processor cores can train by the thousand. No ImageNet-sized
  network is among them, and no strong one: the best reaches {best:.1f} %.
- Recipes are drawn at random, many of them poor: accuracies pile up near chance ({chance:.0f} % of the networks are below 12 %), and strong networks are
  rare, which pulls predictions for them down.
- Three checkpoints of a run are alike: {networks:,} networks are not as many as independent ones would be.
- Diverged runs leave fewer checkpoints or none; their last ones are missing here."""


def _quantiles(values, scale, digits):
    return " | ".join(f"{value:,.{digits}f}" for value in np.percentile(np.array(values) * scale, QUANTILES))


def _took(seconds, metanets):
    """`metanets`: (name, seconds of training) of those that say so."""
    runs = [f"Of one processor core: the runs {seconds / 3600:,.0f} hours"] if seconds else []
    return "; ".join([*runs, *(f"{name} {own / 60:,.0f} minutes" for name, own in metanets)])


def card(dataset, zoo, parameters, shipped, seconds, metanets):
    """Markdown. `parameters`: of each network; `shipped`: how many come as files; `seconds` that the runs took, of processor time;
    `metanets`: cards of what was trained on it."""
    module, records = ZOOS[zoo], dataset.records
    in_distribution = [record for record in records if record["population"] == "in_distribution"]
    usual = np.array([record["population"] == "in_distribution" for record in records])
    runs_of = lambda indices: len(set(dataset.runs[indices]))
    lines = [f"# {module.NAME}", "", module.DESCRIPTION, "", "## How it was made", "", HOW, "", "## What is in it", ""]
    lines += ["| part | runs | networks |", "|---|---|---|"]
    for part, words in PARTS.items():
        indices = dataset.parts[part]
        if len(indices):
            lines.append(f"| {words} | {runs_of(indices):,} | {len(indices):,} |")
    lines += ["", f"{shipped:,} networks that no metanet was trained on come with the page, in `{zoo}.safetensors`.", ""]
    lines += ["Of the networks that are neither wide nor edited:", ""]
    lines += ["| quantile | " + " | ".join(f"{q} %" for q in QUANTILES) + " |", "|---" * (1 + len(QUANTILES)) + "|"]
    for key, (words, scale, digits) in NUMBERS.items():
        lines.append(f"| {words} | {_quantiles([record[key] for record in in_distribution], scale, digits)} |")
    lines += [f"| parameters | {_quantiles(parameters[usual], 1, 0)} |", ""]
    for key, words in WORDS.items():
        counts = Counter(record[key] for record in in_distribution if key in record)
        if len(counts) > 1:
            total = sum(counts.values())
            lines.append(f"- {words}: " + ", ".join(f"{value} {100 * count / total:.0f} %" for value, count in counts.most_common()))
    accuracy = np.array([record["test_accuracy"] for record in in_distribution])
    wide = parameters[dataset.parts["wide"]]
    biases = BIASES.format(
        most=int(parameters[usual].max()),
        wide=f" ({int(wide.max()):,} in the wide part)" if len(wide) else "",
        best=100 * accuracy.max(),
        chance=100 * (accuracy < 0.12).mean(),
        networks=len(in_distribution),
    )
    took = _took(seconds, [(metanet["name"], metanet["seconds"]) for metanet in metanets if "seconds" in metanet])
    lines += ["", "## What it took", "", f"{took}."] if took else []
    return "\n".join([*lines, "", "## What it is biased to", "", biases, ""])
