"""How well the domain check tells the zoo's networks from others: area under the ROC curve of the distance in the embedding,
between the held-out networks and networks that were

  other      trained like the zoo's, on other pictures: rendered digits, and CIFAR-10 with its pixels in another fixed order
  untrained  just initialised
  shuffled   trained, then each tensor's weights put in random order: the same statistics, no function
  absurd     trained, then one weight tensor multiplied by a hundred

  python -m training.trust make --runs work/zoo/in_distribution --images DIR --out work/trust
  python -m training.trust measure --checkpoint public/checkpoints/gmn.safetensors --graphs GRAPHS.safetensors --zoo ZOO.safetensors
      --others work/trust --out training/results/trust.json

Training on other pictures is resumable, as zoos are.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file
from sklearn.metrics import roc_auc_score

from training import cifar
from training.metanets.checkpoint import load_model, read_checkpoint
from training.metanets.data import Graphs
from training.metanets.dataset import Dataset
from training.metanets.predict import predict
from training.zoo import split as zoo_split
from training.zoo import varying_cnns
from training.zoo.pack import read_run
from training.zoo.to_onnx import to_onnx
from training.zoo.train import normalise, rounded_state, train_run

NETWORKS = 150  # of each kind
OTHER_RUNS = 60
OTHER_FIRST_RUN = 100_000  # beyond the zoo's own run numbers
DIGITS = {"train": 20_000, "test": 10_000}


def digits(count, seed):
    """Rendered digits in random sizes, places, angles and colours: uint8 [count, 32, 32, 3] and labels."""
    rng = np.random.default_rng(seed)
    images, labels = np.empty((count, 32, 32, 3), np.uint8), rng.integers(0, 10, count)
    for index, label in enumerate(labels):
        ink, paper = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
        canvas = Image.new("RGB", (32, 32), tuple(map(int, paper)))
        font = ImageFont.load_default(size=float(rng.uniform(14, 28)))
        ImageDraw.Draw(canvas).text(tuple(rng.uniform(2, 14, 2)), str(label), tuple(map(int, ink)), font)
        turned = canvas.rotate(float(rng.uniform(-20, 20)), fillcolor=tuple(map(int, paper)))
        images[index] = np.clip(np.asarray(turned) + rng.normal(0, 12, (32, 32, 3)), 0, 255)
    return images, labels.astype(np.int64)


def other_data(kind, images):
    train_images, train_labels, test_images, test_labels = images
    if kind == "pixels":
        order = np.random.default_rng(0).permutation(1024)
        move = lambda pictures: pictures.reshape(-1, 1024, 3)[:, order].reshape(-1, 32, 32, 3)
        train_images, test_images = move(train_images), move(test_images)
    else:
        (train_images, train_labels), (test_images, test_labels) = digits(DIGITS["train"], 1), digits(DIGITS["test"], 2)
    tensors = normalise(train_images), torch.from_numpy(train_labels), normalise(test_images), torch.from_numpy(test_labels)
    return tuple(tensors)


def train_others(images, folder):
    """The last checkpoint of every run on other pictures: (spec, state)."""
    for kind in ("digits", "pixels"):
        data = None
        for run in range(OTHER_FIRST_RUN, OTHER_FIRST_RUN + OTHER_RUNS):
            path = folder / f"{kind}-{run}.npz"
            spec = varying_cnns.sample_spec(run)
            # Trained enough to have learned something.
            spec = {**spec, "samples": max(30_000, min(200_000, spec["samples"]))}
            if not path.exists():
                data = data or other_data(kind, images)
                tensors, records = train_run(varying_cnns, spec, data)
                last = len(records) - 1
                state = {n.split("/", 1)[1]: v.numpy() for n, v in tensors.items() if n.startswith(f"{last}/")}
                np.savez(path, **state)
                print(kind, run, records[last]["test_accuracy"] if records else "diverged", flush=True)
            state = dict(np.load(path))
            if state:
                yield spec, state


def spoiled(runs):
    """kind → list of (spec, state), made from held-out networks."""
    part_of = zoo_split.load()
    rng = np.random.default_rng(0)
    paths = [path for path in sorted(Path(runs).glob("*.safetensors")) if part_of[int(path.stem)] == "test"]
    kinds = {"untrained": [], "shuffled": [], "absurd": []}
    for path in paths[:NETWORKS]:
        spec, _, states = read_run(path)
        if not states:
            continue
        torch.manual_seed(spec["run"])
        fresh = rounded_state(varying_cnns.make_network(spec))
        kinds["untrained"].append((spec, {name: value.numpy() for name, value in fresh.items()}))
        state = states[-1]
        shuffled = {n: rng.permutation(v.ravel()).reshape(v.shape) if v.ndim > 1 else v for n, v in state.items()}
        kinds["shuffled"].append((spec, shuffled))
        weights = [name for name, value in state.items() if value.ndim > 1]
        chosen = weights[rng.integers(len(weights))]
        absurd = {n: (v.astype(np.float32) * (100 if n == chosen else 1)) for n, v in state.items()}
        kinds["absurd"].append((spec, absurd))
    return kinds


def make(options):
    torch.set_num_threads(1)
    folder = Path(options.out)
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    images = cifar.load(options.images, folder / "cifar10.npz")
    kinds = {**spoiled(options.runs), "other": list(train_others(images, folder / "runs"))}
    for kind, networks in kinds.items():
        pack = {
            f"{kind}{index:04d}.onnx": np.frombuffer(to_onnx(spec, state, {}).SerializeToString(), np.uint8)
            for index, (spec, state) in enumerate(networks)
        }
        save_file(pack, folder / f"{kind}-pack.safetensors")
        command = ["npx", "tsx", "training/write-graphs.ts", folder / f"{kind}.safetensors", folder / f"{kind}-pack.safetensors"]
        subprocess.run(command, check=True)


def distance_function(card, tensors):
    """Of embeddings [n, width], in units of the threshold, as src/tasks/predict-accuracy.ts measures it."""
    mean, axes = tensors["domain.mean"].double().numpy(), tensors["domain.axes"].double().numpy()
    return lambda embeddings: np.sqrt((((embeddings - mean) @ axes.T) ** 2).mean(1)) / card["domain"]["threshold"]


def measure(options):
    dataset = Dataset(options.zoo, options.graphs)
    card, tensors = read_checkpoint(options.checkpoint)
    model, distance = load_model(card, tensors, dataset.graphs), distance_function(card, tensors)
    held_out = distance(predict(model, dataset.graphs, dataset.parts["test"])[1])
    results = {"heldOut": {"networks": len(held_out), "flagged": float((held_out > 1).mean())}}
    for kind in ("other", "untrained", "shuffled", "absurd"):
        others = Graphs(Path(options.others) / f"{kind}.safetensors")
        far = distance(predict(model, others, np.arange(others.count))[1])
        truth = np.r_[np.zeros(len(held_out)), np.ones(len(far))]
        area = float(roc_auc_score(truth, np.r_[held_out, far]))
        results[kind] = {"networks": len(far), "auroc": area, "flagged": float((far > 1).mean())}
        print(kind, results[kind], flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    making, measuring = commands.add_parser("make"), commands.add_parser("measure")
    making.set_defaults(command=make)
    measuring.set_defaults(command=measure)
    for name in ("--runs", "--images", "--out"):
        making.add_argument(name, required=True)
    for name in ("--checkpoint", "--graphs", "--others"):
        measuring.add_argument(name, required=True)
    measuring.add_argument("--zoo", nargs="+", required=True)
    measuring.add_argument("--out")
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
