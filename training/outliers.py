"""Networks that are unlike the zoo's: to train the domain check on, and, made from held-out networks and other pictures, to
measure it with (training/trust.py).

  untrained   just initialised
  shuffled    trained, then every tensor's weights (for training, now and then one tensor's) in random order: the same statistics,
              no function
  absurd      trained, then one weight tensor multiplied by ten to a thousand
  other       trained like the zoo's, on other pictures (training/zoo/other_images.py), with some success: of networks that have
              learned nothing the zoo has its own

  python -m training.outliers --pack work/zoo.safetensors --images DIR --part train --out work/outliers
  python -m training.outliers --pack work/zoo.safetensors --images DIR --part test --out work/outliers

For the test, the networks that the repository ships will do: --pack public/zoo/varying-cnns.safetensors.

Writes PART-KIND.safetensors, parameter graphs as training/write-graphs.ts leaves them. Training on other pictures is resumable, as
zoos are. What is trained on for `train` (shapes, gratings, pixels in orders of their own) is not what is tested on (digits, and
pixels in one more order).
"""

import argparse
import itertools
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from training import cifar
from training.metanets.dataset import read_records
from training.zoo import other_images
from training.zoo import split as zoo_split
from training.zoo.pack import read_state
from training.zoo.split import RUNS
from training.zoo.to_onnx import to_onnx
from training.zoo.train import as_tensors, rounded_state, train_run
from training.zoo.zoos import ZOOS

KINDS = ["untrained", "shuffled", "absurd", "other"]
# Beyond the zoo's own run numbers.
FIRST_RUN = {"train": 200_000, "test": 100_000}
# Pictures to train on, and runs of each.
OTHER = {"train": {"shapes": 70, "gratings": 70, "pixels": 70}, "test": {"digits": 60, "pixels": 60}}
# Trained enough to have learned something, and not for longer than it takes.
SAMPLES = (30_000, 200_000)
TRAIN_PICTURES, TEST_PICTURES = 20_000, 10_000
LEAST_ACCURACY = 0.15  # of ten classes
PIXEL_ORDERS = 10  # for training; order 0 is the test's
MOST_NETWORKS = {"train": 1_000, "test": 150}


def spoil(zoo, spec, state, kind, part, rng, seed):
    weights = [name for name, value in state.items() if value.ndim > 1]
    if kind == "untrained":
        torch.manual_seed(seed)
        fresh = rounded_state(ZOOS[zoo].make_network(spec))
        return {name: value.numpy() for name, value in fresh.items()}
    chosen = weights[rng.integers(len(weights))]
    if kind == "absurd":
        factor = 10 ** rng.uniform(1, 3)
        return {name: value.astype(np.float32) * (factor if name == chosen else 1) for name, value in state.items()}
    touched = [chosen] if part == "train" and rng.random() < 0.3 else weights
    return {n: rng.permutation(v.ravel()).reshape(v.shape) if n in touched else v for n, v in state.items()}


def spoiled(zoo, pack, records, part, kind):
    """(spec, state) of spoiled networks of that part: for the test the last checkpoint of each run, for training all checkpoints, in
    random order, once more and spoiled in another way where they are too few. `records`: what the pack says of its networks."""
    part_of, rng = zoo_split.load(zoo), np.random.default_rng(KINDS.index(kind))
    # The checkpoints of a run one after the other.
    own = [records[name] for name in sorted(records)]
    own = [spec for spec in own if spec["population"] == "in_distribution" and part_of[spec["run"]] == part]
    if part == "test":
        last = {spec["run"]: spec for spec in own}
        chosen = [last[run] for run in sorted(last)]
    else:
        chosen = itertools.cycle([own[index] for index in rng.permutation(len(own))])
    used = Counter()
    with safe_open(pack, "np") as file:
        for spec in itertools.islice(chosen, MOST_NETWORKS[part]):
            state = read_state(file, spec["name"])
            yield spec, spoil(zoo, spec, state, kind, part, rng, spec["run"] + RUNS * used[spec["run"]])
            used[spec["run"]] += 1


def other_data(pictures, part, run, images):
    """Normalised images and labels to train and to test on."""
    train_images, train_labels, test_images, test_labels = images
    if pictures == "pixels":
        order = 0 if part == "test" else 1 + run % PIXEL_ORDERS
        train_images, test_images = (other_images.moved_pixels(some, order) for some in (train_images, test_images))
    else:
        make = getattr(other_images, pictures)
        (train_images, train_labels), (test_images, test_labels) = make(TRAIN_PICTURES, 1), make(TEST_PICTURES, 2)
    return as_tensors(train_images, train_labels, test_images, test_labels)


def trained_on_others(zoo, images, part, folder):
    """(spec, state) of the last checkpoint of every run on other pictures that has learned from them."""
    for pictures, count in OTHER[part].items():
        data, held = None, None
        # Runs on pixels in one order come one after the other: to move them all takes as long as to train on them.
        for run in sorted(range(FIRST_RUN[part], FIRST_RUN[part] + count), key=lambda run: run % PIXEL_ORDERS):
            path = folder / f"{pictures}-{run}.npz"
            spec = ZOOS[zoo].sample_spec(run)
            spec = {**spec, "samples": min(max(SAMPLES[0], spec["samples"]), SAMPLES[1])}
            if not path.exists():
                wanted = run % PIXEL_ORDERS if pictures == "pixels" and part == "train" else 0
                if held != wanted:
                    data, held = other_data(pictures, part, run, images), wanted
                tensors, records = train_run(ZOOS[zoo], spec, data)
                last = len(records) - 1
                accuracy = records[last]["test_accuracy"] if records else 0.0
                state = {n.split("/", 1)[1]: v.numpy() for n, v in tensors.items() if n.startswith(f"{last}/")}
                np.savez(path, **(state if accuracy >= LEAST_ACCURACY else {}))
                print(pictures, run, accuracy, flush=True)
            state = dict(np.load(path))
            if state:
                yield spec, state


def write(networks, path):
    """The parameter graphs of networks."""
    pack = path.with_suffix(".pack")
    files = {
        f"{path.stem}{index:05d}.onnx": np.frombuffer(to_onnx(spec, state, {}).SerializeToString(), np.uint8)
        for index, (spec, state) in enumerate(networks)
    }
    save_file(files, pack)
    subprocess.run(["npx", "tsx", "training/write-graphs.ts", path, pack], check=True)
    pack.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=list(OTHER), required=True)
    for name in ("--pack", "--images", "--out"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(options.out)
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    records = read_records(options.pack)
    (zoo,) = {record["zoo"] for record in records.values()}
    for kind in KINDS[:-1]:
        write(spoiled(zoo, options.pack, records, options.part, kind), folder / f"{options.part}-{kind}.safetensors")
    images = cifar.load(options.images, folder / "cifar10.npz")
    write(trained_on_others(zoo, images, options.part, folder / "runs"), folder / f"{options.part}-other.safetensors")


if __name__ == "__main__":
    main()
