"""The zoo as the metanet sees it: where every network's embedding lies, for the page to place an open network among them. Written
by training.zoo.publish; alone, after training GMN again:

  python -m training.zoo.embedding_map --zoo ZOO.safetensors --graphs GRAPHS.safetensors

Writes public/zoo/ZOO.map.safetensors:
  mean, axes    [E], [A, E] float32: the domain check's (training/metanets/checkpoint.py), as many as fit. axes · (embedding − mean) has unit variance
                over the training networks; the first two axes are the principal components that the page draws
  coordinates   [n, A] float16: that, for every network as trained, in the order of ZOO.json, where edited ones come last
  heldOut       [m] float32: what the domain check says of the networks of the test split, in units of its threshold
and "map" in its header, which says, among others, whose embeddings they are (`checkpoint`, the sum that
src/metanets/weights-sum.ts computes too) and how well the checkpoint tells outliers (training/trust.py), where that was measured.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from training.metanets.checkpoint import domain_distance, load_model, read_checkpoint, weights_sum
from training.metanets.dataset import Dataset
from training.metanets.predict import predict_outputs
from training.outliers import KINDS

ROOT = Path(__file__).parent.parent.parent
CHECKPOINTS = ROOT / "public/checkpoints"
RESULTS = ROOT / "training/results"
MOST_BYTES = 399e3  # without the header
NEIGHBOURS = 5
# Of the neighbours of that many networks so many must be the same as by full precision.
SAMPLE, LEAST_AGREEMENT = 500, 0.9


def nearest(coordinates, sample):
    """[len(sample), NEIGHBOURS]: the networks nearest to each in the sample, itself left out."""
    squares = (coordinates**2).sum(1)
    distances = squares[sample, None] - 2 * coordinates[sample] @ coordinates.T + squares
    distances[np.arange(len(sample)), sample] = np.inf
    return np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


def neighbour_agreement(full, compact):
    """Share of the nearest neighbours by full precision that are so by the compact form."""
    sample = np.random.default_rng(0).permutation(len(full))[:SAMPLE]
    pairs = zip(nearest(full, sample), nearest(compact.astype(np.float64), sample))
    return float(np.mean([len(set(one) & set(other)) / NEIGHBOURS for one, other in pairs]))


def neighbour_distance(coordinates, runs, held_out, threshold):
    """Median over held-out networks of the distance to the nearest network of another run, as the page measures it: what is near."""
    least = []
    for index in held_out:
        others = coordinates[runs != runs[index]]
        least.append(np.sqrt(((others - coordinates[index]) ** 2).mean(1).min()))
    return float(np.median(least) / threshold)


def plane_share(embeddings, axes):
    """Share of the training embeddings' variance that the first two principal components hold. Axes are scaled by 1/deviation."""
    variances = 1 / (axes**2).sum(1)
    return float(variances[:2].sum() / embeddings.var(0).sum())


def trust_of(zoo, checkpoint):
    """What training/trust.py measured, if it was of this checkpoint."""
    path = RESULTS / f"{zoo}.trust.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    if results.get("checkpoint") != checkpoint:
        return None
    return {"heldOut": results["heldOut"], "outliers": {kind: results[kind] for kind in KINDS if kind in results}}


def write_map(dataset, zoo, folder):
    """Writes ZOO.map.safetensors into the folder, and returns its header. Refuses to write what is too coarse."""
    card, tensors = read_checkpoint(CHECKPOINTS / zoo / "gmn.safetensors")
    graphs = dataset.graphs
    mapped = dataset.as_trained
    _, embeddings = predict_outputs(load_model(card, tensors, graphs), graphs, mapped)
    places = {part: np.flatnonzero(np.isin(mapped, dataset.parts[part])) for part in ("train", "test")}
    mean, axes = tensors["domain.mean"].numpy(), tensors["domain.axes"].numpy()
    # As many axes as fit, those of most variance first: a number per axis and network.
    axes = axes[: int((MOST_BYTES - 4 * len(places["test"]) - mean.nbytes) // (2 * len(mapped) + mean.nbytes))]
    coordinates = (embeddings - mean.astype(np.float64)) @ axes.astype(np.float64).T
    arrays = {
        "mean": mean,
        "axes": axes,
        "coordinates": coordinates.astype(np.float16),
        "heldOut": domain_distance(card, tensors, graphs, mapped[places["test"]], embeddings[places["test"]]).astype(np.float32),
    }
    agreement = neighbour_agreement(coordinates, arrays["coordinates"])
    if agreement < LEAST_AGREEMENT:
        raise SystemExit(f"Only {agreement:.0%} of the neighbours are right in float16: store the coordinates in float32.")
    checkpoint = weights_sum(tensors)
    header = {
        "zoo": zoo,
        "checkpoint": checkpoint,
        "metanet": card["name"],
        "date": card["date"],
        "threshold": card["domain"]["threshold"],
        "neighbourDistance": neighbour_distance(coordinates, dataset.runs[mapped], places["test"], card["domain"]["threshold"]),
        "planeShare": plane_share(embeddings[places["train"]], axes.astype(np.float64)),
        "neighbourAgreement": agreement,
        "trust": trust_of(zoo, checkpoint),
    }
    save_file(arrays, folder / f"{zoo}.map.safetensors", {"map": json.dumps(header)})
    print(f"map of {len(mapped)} networks on {len(axes)} axes; {agreement:.1%} of neighbours as by full precision")
    return header


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", nargs="+", required=True)
    parser.add_argument("--graphs", nargs="+", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    dataset = Dataset(options.zoo, options.graphs)
    (zoo,) = dataset.zoos
    print(json.dumps(write_map(dataset, zoo, ROOT / "public/zoo"), indent=1))


if __name__ == "__main__":
    main()
