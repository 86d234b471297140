"""Trains a metanet on a zoo and writes the checkpoint that the page loads, with its card.

  python -m training.metanets.train gmn --zoo ZOO.safetensors --graphs GRAPHS.safetensors \
      --out public/checkpoints/varying-cnns/gmn.safetensors

ZOO is a pack (training.zoo.pack) or several, GRAPHS their parameter graphs (training/write-graphs.ts) in one file or several, the
split training/splits.
Loss: binary cross-entropy between predicted and true accuracy, and two auxiliary targets that are there only while
training: train accuracy and log test loss. Weights are an exponential moving average. Nothing is chosen on test networks.
"""

import argparse
import copy
import json
import math
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

from training.metanets.checkpoint import read_checkpoint, write_checkpoint
from training.metanets.data import augment, thin
from training.metanets.dataset import TARGETS, Dataset, quality
from training.metanets.predict import predict, predict_outputs
from training.metanets.registry import METANETS
from training.zoo.edits import KINDS

AVERAGING = 0.995
CLIP = 1.0
KEPT_SHARES = [1.0, 0.75, 0.5, 0.25, 0.0]


def keep_weights(model, path):
    """Takes over what a checkpoint has of the model's weights, for good: the rest learns what they leave to learn."""
    _, tensors = read_checkpoint(path)
    for name, parameter in model.named_parameters():
        if name in tensors:
            with torch.no_grad():
                parameter.copy_(tensors[name])
            parameter.requires_grad_(False)


def shrink_messages(model, dataset):
    """Keeps that share of what message passing adds to the accuracy's logit which is best on the networks for validation."""
    head, validation = model.after.output, dataset.parts["validation"]
    weight, bias = head.weight.data[0].clone(), head.bias.data[0].clone()

    def error(share):
        head.weight.data[0], head.bias.data[0] = share * weight, share * bias
        return float(np.mean((predict(model, dataset.graphs, validation) - dataset.accuracy[validation]) ** 2))

    error(min(KEPT_SHARES, key=error))


def train(dataset, indices, validation, options, log=print):
    """Trains on the networks of `indices`, and tells how well it knows those for validation. Returns the averaged model."""
    graphs, targets = dataset.graphs, dataset.targets
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    model = METANETS[options.metanet].build(graphs.sizes, TARGETS, options)
    if hasattr(model, "fit"):
        model.fit(graphs, indices)
    if options.start:
        keep_weights(model, options.start)
    averaged = copy.deepcopy(model)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=options.rate, weight_decay=options.weight_decay)
    per_epoch = len(indices) // options.batch
    steps, step, start = options.epochs * per_epoch, 0, time.time()
    for epoch in range(options.epochs):
        model.train()
        order, total = np.random.default_rng([options.seed, epoch]).permutation(indices), 0.0
        for k in range(per_epoch):
            chosen = order[k * options.batch : (k + 1) * options.batch]
            warm_up = min(1.0, (step + 1) / (0.05 * steps))
            for group in optimiser.param_groups:
                group["lr"] = options.rate * warm_up * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            outputs, _ = model(augment(thin(graphs.batch(chosen), generator, options.pairs), generator, options.noise))
            wanted = targets[chosen]
            loss = 4 * F.binary_cross_entropy_with_logits(outputs[:, 0], wanted[:, 0])
            loss = loss + 0.3 * F.smooth_l1_loss(outputs[:, 1], wanted[:, 1])
            loss = loss + 0.3 * F.smooth_l1_loss(outputs[:, 2], wanted[:, 2])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, CLIP)
            optimiser.step()
            step += 1
            total += loss.item()
            decay = min(AVERAGING, step / (step + 10))
            with torch.no_grad():
                # Running statistics of normalisation are averaged with the weights that they belong to.
                for mean, current in zip(averaged.state_dict().values(), model.state_dict().values()):
                    mean.lerp_(current, 1 - decay)
        if epoch % 5 == 4 or epoch == options.epochs - 1:
            now = quality(predict(averaged, graphs, validation), dataset.accuracy[validation])
            log(
                f"epoch {epoch + 1}: loss {total / per_epoch:.4f}, validation R² {now['r2']:.4f} τ {now['tau']:.4f}, {time.time() - start:.0f} s"
            )
    return averaged.eval()


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metanet", choices=METANETS)
    parser.add_argument("--zoo", nargs="+")
    parser.add_argument("--graphs", nargs="+")
    parser.add_argument("--out")
    parser.add_argument("--width", type=int, help="the metanet's own by default")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--global-features", action=argparse.BooleanOptionalAction, default=True, help="GMN's")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--readout-dropout", type=float, default=0.1)
    parser.add_argument("--noise", type=float, default=0.2)
    parser.add_argument(
        "--pairs", type=int, help="of larger blocks, about so many pairs are drawn at every step; all by default"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", help="checkpoint whose weights are taken over, and kept")
    parser.add_argument("--edits", nargs="+", choices=KINDS, default=[], help="learn from networks edited like this, too")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def read_options(arguments):
    """The options of a command line whose first word is the metanet, which has defaults of its own."""
    parser = make_parser()
    parser.set_defaults(**METANETS[parser.parse_args(arguments).metanet].defaults)
    return parser.parse_args(arguments)


def main():
    options = read_options(sys.argv[1:])
    torch.set_num_threads(options.threads)

    dataset, start = Dataset(options.zoo, options.graphs), time.time()
    model = train(dataset, dataset.taught(options.edits), dataset.parts["validation"], options)
    if options.start:
        shrink_messages(model, dataset)
    seconds = round(time.time() - start)
    # Half the bytes for the page to load; everything that is said of the metanet is measured with them.
    weights = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    model.load_state_dict(weights)

    outputs, embeddings = {}, {}
    for part, indices in dataset.parts.items():
        if len(indices):
            outputs[part], embeddings[part] = predict_outputs(model, dataset.graphs, indices)
    predicted = {part: torch.sigmoid(values[:, 0]).numpy() for part, values in outputs.items()}
    card = {
        "metanet": options.metanet,
        "name": METANETS[options.metanet].name,
        "config": model.config,
        "outputs": TARGETS,
        "command": f"python -m training.metanets.train {' '.join(sys.argv[1:])}",
        "seconds": seconds,
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    card = write_checkpoint(options.out, card, weights, dataset, predicted, embeddings)
    print(json.dumps({key: card[key] for key in ("networks", "validation", "test", "interval", "parameters")}, indent=1))


if __name__ == "__main__":
    main()
