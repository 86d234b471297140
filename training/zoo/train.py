"""Trains the runs of a zoo, one file per run. Resumable: a run whose file exists is skipped; start as many workers as cores.

  python -m training.zoo.train --zoo varying-cnns --runs 0:1500 --worker 0/2 --images DIR --out DIR

A run's file is safetensors: for each of its three checkpoints k the float16 tensors `k/<name>`, and in the metadata, as
JSON, the spec and per checkpoint: samples seen, test and train accuracy and loss. Accuracies are measured after rounding
the weights to float16, on all 10,000 test images. `seconds` are of processor time.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from training import cifar
from training.zoo.recipe import POPULATIONS
from training.zoo.zoos import ZOOS

EVALUATION_BATCH = 500
TRAIN_ACCURACY_IMAGES = 4000
# Without such products PyTorch emulates them, ten times as slowly.
HAS_BFLOAT16 = any(torch.cpu.get_capabilities().get(name) for name in ("amx_bf16", "avx512_bf16"))


def normalise(images):
    """uint8 [count, 32, 32, 3] to normalised float32 [count, 3, 32, 32], channels last in memory."""
    return torch.from_numpy((images.astype(np.float32) / 255 - cifar.MEAN) / cifar.STD).permute(0, 3, 1, 2)


def augment(batch, kind, generator):
    if kind == "none":
        return batch
    flip = torch.rand(len(batch), generator=generator) < 0.5
    batch = torch.where(flip[:, None, None, None], batch.flip(3), batch)
    if kind == "flip_crop":  # one shift for the whole batch: cheap, and enough over many batches
        down, right = (int(torch.randint(0, 9, (), generator=generator)) for _ in range(2))
        batch = nn.functional.pad(batch, (4, 4, 4, 4))[:, :, down : down + 32, right : right + 32]
    return batch.contiguous(memory_format=torch.channels_last)


def make_optimiser(model, spec):
    arguments = {"lr": spec["rate"], "weight_decay": spec["weight_decay"]}
    return {
        "sgd": lambda: torch.optim.SGD(model.parameters(), momentum=spec["momentum"], **arguments),
        "adam": lambda: torch.optim.Adam(model.parameters(), **arguments),
        "adamw": lambda: torch.optim.AdamW(model.parameters(), **arguments),
        "rmsprop": lambda: torch.optim.RMSprop(model.parameters(), **arguments),
    }[spec["optimiser"]]()


def rate_factor(schedule, progress):
    return {"constant": 1.0, "cosine": 0.5 + 0.5 * math.cos(math.pi * progress), "linear": 1 - progress}[schedule]


@torch.no_grad()
def evaluate(model, images, labels):
    """Accuracy and mean cross-entropy in evaluation mode."""
    model.eval()
    right, loss = 0, 0.0
    for start in range(0, len(images), EVALUATION_BATCH):
        logits = model(images[start : start + EVALUATION_BATCH])
        target = labels[start : start + EVALUATION_BATCH]
        right += int((logits.argmax(1) == target).sum())
        loss += float(nn.functional.cross_entropy(logits, target, reduction="sum"))
    model.train()
    return right / len(images), loss / len(images)


def rounded_state(model):
    """The float16 weights, without BatchNorm's batch counter."""
    return {k: v.to(torch.float16) for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}


def _seed_of(spec):
    return spec["run"] * 2 + (spec["population"] == "wide")


def _draw_images(spec, available):
    """(places of the images that a run trains on, the generator that has drawn them)"""
    rng = np.random.default_rng([_seed_of(spec), 7])
    count = max(500, int(spec["data_share"] * available))
    return torch.from_numpy(rng.permutation(available)[:count]), rng


def training_images(spec, available):
    """Places, among all training images, of those that a run trains on."""
    return _draw_images(spec, available)[0]


def train_run(zoo, spec, data):
    """Trains one run of a zoo. Returns (tensors of all checkpoints, records of all checkpoints)."""
    train_images, train_labels, test_images, test_labels = data
    seed = _seed_of(spec)
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = zoo.make_network(spec).to(memory_format=torch.channels_last)
    optimiser = make_optimiser(model, spec)

    subset, rng = _draw_images(spec, len(train_images))
    count, targets = len(subset), train_labels.clone()
    noisy = torch.from_numpy(rng.random(len(targets)) < spec["label_noise"])
    targets[noisy] = torch.from_numpy(rng.integers(0, 10, int(noisy.sum())))

    steps = max(3, spec["samples"] // spec["batch"])
    early, middle = 10 ** -rng.uniform(0.7, 1.1), 10 ** -rng.uniform(0.25, 0.6)
    stops = sorted({max(1, int(steps * early)), max(2, int(steps * middle)), steps})
    bfloat16 = HAS_BFLOAT16 and zoo.is_faster_in_bfloat16(spec)

    tensors, records, order, position = {}, [], subset[torch.randperm(count, generator=generator)], 0
    for step in range(1, steps + 1):
        if position + spec["batch"] > count:
            order, position = subset[torch.randperm(count, generator=generator)], 0
        chosen = order[position : position + spec["batch"]]
        position += spec["batch"]
        # index_select on the NHWC view is far faster than indexing an NCHW tensor.
        batch = train_images.permute(0, 2, 3, 1).index_select(0, chosen).permute(0, 3, 1, 2)
        batch = augment(batch, spec["augment"], generator)
        for group in optimiser.param_groups:
            group["lr"] = spec["rate"] * rate_factor(spec["schedule"], step / (steps + 1))
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = model(batch)
        loss = nn.functional.cross_entropy(logits.float(), targets[chosen], label_smoothing=spec["label_smoothing"])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step in stops:
            state = rounded_state(model)
            if not all(torch.isfinite(value).all() for value in state.values()):
                break  # diverged: what was stored before stays
            rounded = zoo.make_network(spec).to(memory_format=torch.channels_last)
            rounded.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
            test_accuracy, test_loss = evaluate(rounded, test_images, test_labels)
            seen = subset[:TRAIN_ACCURACY_IMAGES]
            train_accuracy, train_loss = evaluate(rounded, train_images[seen], train_labels[seen])
            tensors.update({f"{len(records)}/{name}": value.contiguous() for name, value in state.items()})
            records.append(
                {
                    "samples_seen": step * spec["batch"],
                    "test_accuracy": test_accuracy,
                    "test_loss": test_loss,
                    "train_accuracy": train_accuracy,
                    "train_loss": train_loss,
                }
            )
    return tensors, records


def as_tensors(train_images, train_labels, test_images, test_labels):
    """Normalised images, and labels, as train_run wants them."""
    return normalise(train_images), torch.from_numpy(train_labels), normalise(test_images), torch.from_numpy(test_labels)


def load_data(folder, cache):
    """Train images and labels, test images and labels."""
    return as_tensors(*cifar.load(folder, cache))


def write_run(path, tensors, spec, records, seconds):
    """A run's file appears whole or not at all."""
    metadata = {"spec": json.dumps(spec), "checkpoints": json.dumps(records), "seconds": f"{seconds:.2f}"}
    temporary = path.with_suffix(f".{os.getpid()}")
    save_file(tensors, temporary, metadata)
    temporary.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", default="varying-cnns", choices=list(ZOOS))
    parser.add_argument("--population", default="in_distribution", choices=list(POPULATIONS))
    parser.add_argument("--runs", default="0:1500", help="first:last, the last not included")
    parser.add_argument("--worker", default="0/1", help="this worker / all workers")
    parser.add_argument("--images", required=True, help="folder with CIFAR-10 (see training/cifar.py)")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    zoo, out = ZOOS[arguments.zoo], Path(arguments.out) / arguments.population
    out.mkdir(parents=True, exist_ok=True)

    data = load_data(arguments.images, Path(arguments.out) / "cifar10.npz")

    first, last = map(int, arguments.runs.split(":"))
    worker, workers = map(int, arguments.worker.split("/"))
    for run in range(first + worker, last, workers):
        path = out / f"{run:06d}.safetensors"
        if path.exists():
            continue
        spec, start = zoo.sample_spec(run, arguments.population), time.process_time()
        tensors, records = train_run(zoo, spec, data)
        seconds = time.process_time() - start
        write_run(path, tensors, spec, records, seconds)
        accuracies = " ".join(f"{record['test_accuracy']:.3f}" for record in records)
        print(f"{run} {seconds:.1f}s {spec['samples']} samples: {accuracies or 'diverged'}", flush=True)


if __name__ == "__main__":
    main()
