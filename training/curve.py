"""Draws the data-efficiency curve: R² on test networks against the networks that a metanet has learned from, a panel for each zoo.

  python -m training.curve --out e2e/pictures/data-efficiency.svg

Filled points are of what the repository ships, hollow ones of the whole zoo: the two protocols of training.table, whose test
networks differ. Bars are the seeds' deviation.
"""

import argparse

import numpy as np
from matplotlib import pyplot, rcParams

from training.table import NAMES, read_results, summary

ZOOS = {"varying-cnns": "Varying CNNs", "diverse": "Diverse Architectures"}
# Protocols of training.table by their results, those that curves end with last: is it of what is shipped, and how it is drawn.
PROTOCOLS = {"shipped": (True, {"ls": "-"}), "table": (False, {"ls": "--", "mfc": "none"})}
# Those that have learned from several numbers of networks. Colours tell them apart on light and on dark, also to the colour-blind.
COLOURS = {
    "gmn": "#e69f00",
    "no-message": "#56b4e9",
    "spectral-statnn": "#009e73",
    "hyper": "#999999",
    "statnn": "#cc79a7",
    "statnn-mlp": "#d55e00",
    "np-nfn": "#8c6bd6",
    "deepsets": "#b8a800",
}
TITLE = "R² on test networks by the number of networks to learn from"
INK = "#7d8590"  # legible on white and on black
LEAST_GAP = 0.045  # of R², between labels


def points_of(shares):
    """[points, 3] of a metanet's shares in a summary: networks learned from, R², its deviation; of the fewest networks first."""
    several = [(entry["networks"], entry["test", "r2"]) for entry in shares.values() if len(entry["networks"]) > 1]
    return np.array(sorted((np.mean(networks), np.mean(r2), np.std(r2, ddof=1)) for networks, r2 in several))


def spaced(heights):
    """Ascending heights, moved as little as gives each the least gap: those that are too close stand around their middle."""
    runs = []  # [their middle, how many]
    for height in heights:
        runs.append([height, 1])
        while len(runs) > 1 and runs[-1][0] - runs[-2][0] < LEAST_GAP * (runs[-1][1] + runs[-2][1]) / 2:
            (low, some), (high, others) = runs[-2:]
            runs[-2:] = [[(low * some + high * others) / (some + others), some + others]]
    return [middle + LEAST_GAP * (k - (count - 1) / 2) for middle, count in runs for k in range(count)]


def draw(axes, zoo):
    """All curves of a zoo, each with its name where it ends."""
    ends = {}
    for protocol, (is_shipped, style) in PROTOCOLS.items():
        table = summary(read_results(f"training/results/{zoo}.{protocol}.jsonl"), is_shipped)
        for metanet, colour in COLOURS.items():
            points = points_of(table[metanet])
            axes.errorbar(*points.T, color=colour, marker="o", ms=5, lw=1.5, elinewidth=1, **style)
            ends[metanet] = points[-1]
    upwards = sorted(ends.items(), key=lambda end: end[1][1])
    for (metanet, (x, y, _)), height in zip(upwards, spaced([end[1] for _, end in upwards])):
        axes.annotate(NAMES[metanet], (x, y), (1.2 * x, height), color=COLOURS[metanet], va="center", fontsize=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    # The same bytes every time.
    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "data-efficiency", "font.family": "sans-serif"})
    rcParams.update({name: INK for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")})
    figure, panels = pyplot.subplots(1, len(ZOOS), figsize=(11, 4.6), sharey=True, layout="constrained")
    for axes, (zoo, name) in zip(panels, ZOOS.items()):
        draw(axes, zoo)
        axes.set(title=name, xscale="log", xlim=(30, 60_000), ylim=(-0.2, 1), xlabel="networks to learn from")
        axes.set_xticks([100, 300, 1000, 3000], ["100", "300", "1,000", "3,000"])
        axes.minorticks_off()
        axes.grid(color=INK, alpha=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("R² on test networks")
    figure.savefig(options.out, transparent=True, metadata={"Title": TITLE, "Date": None})


if __name__ == "__main__":
    main()
