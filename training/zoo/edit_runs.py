"""Edits the networks of a zoo as people do in the page (training/zoo/edits.py), and measures what that did to their accuracy: the
population `edited`, which costs a tenth of what training as many networks would. One file per run, as training.zoo.train leaves them, with
the edit in every record. Resumable in the same way.

  python -m training.zoo.edit_runs --zoo varying-cnns --runs work/zoo/in_distribution --images DIR --out work/zoo/edited

Parts are those of their runs: --parts test for how wide intervals are after edits, with nothing to learn from.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from training.zoo import split as zoo_split
from training.zoo.edits import KINDS, apply_edit, draw_edit
from training.zoo.pack import read_run
from training.zoo.train import evaluate, load_data, training_images, write_run
from training.zoo.zoos import ZOOS

# Early checkpoints, most of them near chance, are left out.
CHECKPOINTS = [1, 2]
# Images that accuracies are measured on: to measure is all that an edited network costs, and by these it is known within 0.7 points.
TEST_IMAGES, TRAIN_IMAGES = 5000, 1000


def edited(zoo, path, data):
    """(tensors of the checkpoints of a run, each edited in one of these ways, their records, its spec)"""
    train_images, train_labels, test_images, test_labels = data
    spec, records, states = read_run(path)
    rng = np.random.default_rng([spec["run"], 11])
    seen = training_images(spec, len(train_images))[:TRAIN_IMAGES]
    tensors, written = {}, []
    states = [{name: value.astype(np.float32) for name, value in state.items()} for state in states]
    for index in CHECKPOINTS:
        if index >= len(states):
            continue
        edit = draw_edit(KINDS[rng.integers(len(KINDS))], states[index], rng)
        if edit["kind"] == "interpolate":
            edit["checkpoint"] = int(rng.choice([k for k in range(len(states)) if k != index]))
        state = apply_edit(edit, states[index], states[edit.get("checkpoint", index)], rng)
        state = {name: torch.from_numpy(np.asarray(value, np.float16)) for name, value in state.items()}
        network = zoo.make_network(spec).to(memory_format=torch.channels_last)
        network.load_state_dict({name: value.float() for name, value in state.items()}, strict=False)
        test_accuracy, test_loss = evaluate(network, test_images, test_labels)
        train_accuracy, train_loss = evaluate(network, train_images[seen], train_labels[seen])
        if not np.isfinite(test_loss) or not np.isfinite(train_loss):
            continue
        tensors.update({f"{len(written)}/{name}": value.contiguous() for name, value in state.items()})
        written.append(
            {
                **records[index],
                "test_accuracy": test_accuracy,
                "test_loss": test_loss,
                "train_accuracy": train_accuracy,
                "train_loss": train_loss,
                "edit": edit,
                "checkpoint": index,
                "accuracy_before": records[index]["test_accuracy"],
            }
        )
    return tensors, written, {**spec, "population": "edited"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", default="varying-cnns", choices=list(ZOOS))
    parser.add_argument("--worker", default="0/1", help="this worker / all workers")
    parser.add_argument("--parts", nargs="+", default=list(zoo_split.SHARES), choices=list(zoo_split.SHARES))
    for name, words in (("runs", "folder of the population in_distribution"), ("images", "CIFAR-10"), ("out", "a folder")):
        parser.add_argument(f"--{name}", required=True, help=words)
    options = parser.parse_args()
    torch.set_num_threads(1)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    train_images, train_labels, test_images, test_labels = load_data(options.images, out.parent / "cifar10.npz")
    data = train_images, train_labels, test_images[:TEST_IMAGES], test_labels[:TEST_IMAGES]
    worker, workers = map(int, options.worker.split("/"))
    part_of = zoo_split.load(options.zoo)
    paths = [path for path in sorted(Path(options.runs).glob("*.safetensors")) if part_of[int(path.stem)] in options.parts]
    for path in paths[worker::workers]:
        if (out / path.name).exists():
            continue
        start = time.process_time()
        tensors, records, spec = edited(ZOOS[options.zoo], path, data)
        write_run(out / path.name, tensors, spec, records, time.process_time() - start)
        words = ", ".join(f"{r['edit']['kind']} {r['accuracy_before']:.3f} → {r['test_accuracy']:.3f}" for r in records)
        print(path.stem, words, flush=True)


if __name__ == "__main__":
    main()
