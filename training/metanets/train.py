"""Trains a metanet on a zoo and writes the checkpoint that the page loads, with its card.

  python -m training.metanets.train gmn --zoo ZOO.safetensors --graphs GRAPHS.safetensors --out public/checkpoints/gmn.safetensors

ZOO is a pack (training.zoo.pack), GRAPHS its parameter graphs (training/write-graphs.ts), the split training/splits.
Loss: binary cross-entropy between predicted and true accuracy, and two auxiliary targets that are there only while
training: train accuracy and log test loss. Weights are an exponential moving average. Nothing is chosen on test networks.
"""

import argparse
import copy
import datetime
import json
import math
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from scipy.stats import kendalltau
from torch.nn import functional as F

from training.metanets.data import Graphs, augment
from training.metanets.registry import METANETS
from training.zoo import split as zoo_split

AVERAGING = 0.995
CLIP = 1.0
COVERAGE = 0.9
DOMAIN_AXES = 24
DOMAIN_LEAST_DEVIATION = 1e-4  # of the largest: axes with less are rounding
DOMAIN_QUANTILE = 0.99


def load_records(zoo_path, names):
    """What the zoo says of each of these networks: accuracies and hyper-parameters."""
    with safe_open(zoo_path, "np") as file:
        records = {record["name"]: record for record in json.loads(file.metadata()["networks"])}
    return [records[name] for name in names]


def load_targets(zoo_path, names):
    """Per network: accuracy, train accuracy, log test loss, run."""
    records = load_records(zoo_path, names)
    targets = torch.tensor(
        [
            [r["test_accuracy"], r["train_accuracy"], math.log(min(max(r["test_loss"], 0.05), 20.0))]
            for r in records
        ]
    )
    return targets, np.array([r["run"] for r in records])


def split_networks(runs):
    """Indices of the networks of each part."""
    part_of = zoo_split.load()
    parts = np.array([part_of[run] for run in runs])
    return {part: np.flatnonzero(parts == part) for part in ("train", "validation", "test")}


@torch.no_grad()
def predict(model, graphs, indices):
    """(accuracies [n], embeddings [n, 4·width])"""
    model.eval()
    outputs = [model(graphs.batch(indices[k : k + 64])) for k in range(0, len(indices), 64)]
    return (
        torch.sigmoid(torch.cat([o[:, 0] for o, _ in outputs])).double().numpy(),
        torch.cat([e for _, e in outputs]).double().numpy(),
    )


def quality(predicted, true):
    """R², Kendall's τ-b, mean absolute error."""
    residual, spread = ((predicted - true) ** 2).sum(), ((true - true.mean()) ** 2).sum()
    return {
        "r2": float(1 - residual / spread),
        "tau": float(kendalltau(predicted, true)[0]),
        "meanAbsoluteError": float(np.abs(predicted - true).mean()),
    }


def train(graphs, targets, parts, options, log=print):
    """Returns the averaged model."""
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    model = METANETS[options.metanet].build(graphs.sizes, targets.shape[1], options)
    indices = parts["train"]
    if options.share < 1:
        indices = indices[: int(options.share * len(indices))]
    if hasattr(model, "fit"):
        model.fit(graphs, indices)
    averaged = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=options.weight_decay)
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
            outputs, _ = model(augment(graphs.batch(chosen), generator, options.noise))
            wanted = targets[chosen]
            loss = 4 * F.binary_cross_entropy_with_logits(outputs[:, 0], wanted[:, 0])
            loss = loss + 0.3 * F.smooth_l1_loss(outputs[:, 1], wanted[:, 1])
            loss = loss + 0.3 * F.smooth_l1_loss(outputs[:, 2], wanted[:, 2])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            step += 1
            total += loss.item()
            decay = min(AVERAGING, step / (step + 10))
            with torch.no_grad():
                # Running statistics of normalisation are averaged with the weights that they belong to.
                for mean, current in zip(averaged.state_dict().values(), model.state_dict().values()):
                    mean.lerp_(current, 1 - decay)
        if epoch % 5 == 4 or epoch == options.epochs - 1:
            validation = quality(predict(averaged, graphs, parts["validation"])[0], targets[parts["validation"], 0].numpy())
            log(f"epoch {epoch + 1}: loss {total / per_epoch:.4f}, validation R² {validation['r2']:.4f} τ {validation['tau']:.4f}, {time.time() - start:.0f} s")
    return averaged.eval()


def describe_domain(train_embeddings, validation_embeddings):
    """Principal axes of the training networks' embeddings, scaled to unit variance, and how far validation networks lie."""
    mean = train_embeddings.mean(0)
    _, singular, axes = np.linalg.svd(train_embeddings - mean, full_matrices=False)
    kept = min(DOMAIN_AXES, int((singular > DOMAIN_LEAST_DEVIATION * singular[0]).sum()))
    deviation = singular[:kept] / math.sqrt(len(train_embeddings))
    scaled = axes[:kept] / deviation[:, None]
    distances = np.sqrt((((validation_embeddings - mean) @ scaled.T) ** 2).mean(1))
    return mean, scaled, float(np.quantile(distances, DOMAIN_QUANTILE))


def fact_range(facts, bounds, indices):
    """[2, facts]: least and largest of each fact over the layers of the networks in `indices`."""
    rows = torch.cat([facts[bounds[k] : bounds[k + 1]] for k in indices])
    return torch.stack([rows.min(0).values, rows.max(0).values])


def conformal_half_width(residuals):
    """Split conformal: the residual that covers the wanted share of further networks."""
    rank = math.ceil((len(residuals) + 1) * COVERAGE)
    return float(np.sort(residuals)[min(rank, len(residuals)) - 1])


def write_checkpoint(path, card, tensors, graphs, targets, runs, predicted, embeddings):
    """Completes the card (metanet, name, config, command) by what holds for every metanet, and writes the file that the page
    loads. `predicted` and `embeddings` are those of each part. Returns the card."""
    parts = split_networks(runs)
    true = {part: targets[indices, 0].double().numpy() for part, indices in parts.items()}
    half_width = conformal_half_width(np.abs(predicted["validation"] - true["validation"]))
    mean, axes, threshold = describe_domain(embeddings["train"], embeddings["validation"])
    histogram = np.histogram(targets[:, 0].numpy(), bins=50, range=(0, 1))[0] / len(targets)
    card = {
        **card,
        "task": {"dataset": "CIFAR-10", "inputs": 3, "outputs": 10},
        "zoo": f"Varying CNNs: {len(targets)} networks of {len(set(runs))} training runs",
        "networks": {part: len(indices) for part, indices in parts.items()},
        "validation": quality(predicted["validation"], true["validation"]),
        "test": quality(predicted["test"], true["test"]),
        "interval": {
            "coverage": COVERAGE,
            "halfWidth": half_width,
            "testCoverage": float((np.abs(predicted["test"] - true["test"]) <= half_width).mean()),
        },
        "domain": {"threshold": threshold, "quantile": DOMAIN_QUANTILE},
        "accuracies": [round(float(share), 5) for share in histogram],
        "date": datetime.date.today().isoformat(),
    }
    if path:
        tensors = {name: value.contiguous() for name, value in tensors.items()}
        tensors["domain.mean"] = torch.tensor(mean, dtype=torch.float32)
        tensors["domain.axes"] = torch.tensor(axes, dtype=torch.float32).contiguous()
        tensors["domain.node_facts"] = fact_range(graphs.node_facts, graphs.group_bounds, parts["train"])
        tensors["domain.edge_facts"] = fact_range(graphs.edge_facts, graphs.block_bounds, parts["train"])
        save_file(tensors, path, {"card": json.dumps(card)})
    return card


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metanet", choices=METANETS)
    parser.add_argument("--zoo")
    parser.add_argument("--graphs")
    parser.add_argument("--out")
    parser.add_argument("--width", type=int, help="the metanet's own by default")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--readout-dropout", type=float, default=0.1)
    parser.add_argument("--noise", type=float, default=0.2)
    parser.add_argument("--share", type=float, default=1.0, help="of the training networks")
    parser.add_argument("--seed", type=int, default=0)
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

    graphs = Graphs(options.graphs)
    targets, runs = load_targets(options.zoo, graphs.names)
    parts = split_networks(runs)
    model = train(graphs, targets, parts, options)

    predicted, embeddings = {}, {}
    for part, indices in parts.items():
        predicted[part], embeddings[part] = predict(model, graphs, indices)
    card = {
        "metanet": options.metanet,
        "name": METANETS[options.metanet].name,
        "config": model.config,
        "command": f"python -m training.metanets.train {' '.join(sys.argv[1:])}",
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    card = write_checkpoint(options.out, card, model.state_dict(), graphs, targets, runs, predicted, embeddings)
    print(json.dumps({key: card[key] for key in ("networks", "validation", "test", "interval", "parameters")}, indent=1))


if __name__ == "__main__":
    main()
