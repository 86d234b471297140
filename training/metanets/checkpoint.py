"""Checkpoints: the file that the page loads, safetensors with a card in its header. Written here, and read back."""

import datetime
import json
import math
import zlib
from types import SimpleNamespace

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from training.metanets.data import EDGE_KINDS, NODE_KINDS, arrangements
from training.metanets.dataset import quality
from training.metanets.outlier_net import outlier_logits
from training.metanets.registry import METANETS
from training.zoo import split as zoo_split
from training.zoo.zoos import ZOOS

COVERAGE = 0.9
FOLDS = 10
LEAST_OFFSET = 0.2  # of the mean residual: what intervals are for predictions near 0, at least
DOMAIN_AXES = 24
DOMAIN_LEAST_DEVIATION = 1e-4  # of the largest: axes with less are rounding
DOMAIN_QUANTILE = 0.995  # of the networks for validation: so few lie beyond the threshold


def describe_domain(train_embeddings, validation_embeddings):
    """Principal axes of the training networks' embeddings, scaled to unit variance, and how far validation networks lie."""
    mean = train_embeddings.mean(0)
    _, singular, axes = np.linalg.svd(train_embeddings - mean, full_matrices=False)
    kept = min(DOMAIN_AXES, int((singular > DOMAIN_LEAST_DEVIATION * singular[0]).sum()))
    deviation = singular[:kept] / math.sqrt(len(train_embeddings))
    scaled = axes[:kept] / deviation[:, None]
    distances = np.sqrt((((validation_embeddings - mean) @ scaled.T) ** 2).mean(1))
    return mean, scaled, float(np.quantile(distances, DOMAIN_QUANTILE))


def fact_ranges(facts, bounds, indices, kinds):
    """[kinds, 2, facts]: least and largest of each fact over the layers of a kind in the networks in `indices`; of kinds that none
    has, 0. The first facts are the kinds, of which each layer has one."""
    rows = torch.cat([facts[bounds[k] : bounds[k + 1]] for k in indices])
    of_kind = rows[:, :kinds].argmax(1)
    ranges = torch.zeros(kinds, 2, facts.shape[1])
    for kind in of_kind.unique():
        own = rows[of_kind == kind]
        ranges[kind] = torch.stack([own.min(0).values, own.max(0).values])
    return ranges


def conformal_half_width(residuals):
    """Split conformal: the residual that covers the wanted share of further networks."""
    rank = math.ceil((len(residuals) + 1) * COVERAGE)
    return float(np.sort(residuals)[min(rank, len(residuals)) - 1])


def promise(predicted, true, grows):
    """Half of the width that holds the wanted share of further networks where 0 is predicted, and what it grows by to where 1 is."""
    residuals = np.abs(predicted - true)
    slope, offset = np.polyfit(predicted, residuals, 1) if grows else (0.0, 1.0)
    scale = lambda p: max(offset, LEAST_OFFSET * residuals.mean()) + max(slope, 0.0) * p
    ends = scale(np.array([0.0, 1.0])) * conformal_half_width(residuals / scale(predicted))
    return float(ends[0]), float(ends[1] - ends[0])


def interval(predicted, true, runs, grows=False):
    """Half of the width that holds the wanted share of further networks, from networks that no choice was made on; and the share of
    these that it holds where every tenth of their runs is judged by what the other nine promise. `grows`: with the predicted
    accuracy, for strong networks are harder to judge; locally weighted split conformal (Lei et al., "Distribution-free predictive
    inference for regression", JASA 2018): half of the width at a predicted accuracy p is halfWidth + slope · p, in the proportions of
    the least-squares line of the residuals."""
    half_width, slope = promise(predicted, true, grows)
    fold = np.unique(runs, return_inverse=True)[1] % FOLDS
    held = np.zeros(len(runs), bool)
    for judged in (fold == number for number in np.unique(fold)):
        offset, growth = promise(predicted[~judged], true[~judged], grows)
        held[judged] = np.abs(predicted - true)[judged] <= offset + growth * predicted[judged]
    return {"coverage": COVERAGE, "halfWidth": half_width, "slope": slope, "testCoverage": float(held.mean())}


def after_edits(predicted, dataset):
    """{"edited": what a metanet is worth after edits}: quality, and intervals for all kinds of edits and for each. Empty where there
    are no edited networks. `predicted` by part."""
    if not len(dataset.parts["edited-test"]):
        return {}
    indices = dataset.parts["edited-test"]
    judged = (predicted["edited-test"], dataset.accuracy[indices], dataset.runs[indices])
    kinds = dataset.edit_kinds("edited-test")
    runs_of = lambda kind: len(set(judged[2][kinds == kind]))
    edited = {
        "networks": {part: len(dataset.parts[f"edited-{part}"]) for part in zoo_split.SHARES},
        "test": quality(*judged[:2]),
        "interval": interval(*judged),
        "kinds": {kind: interval(*(numbers[kinds == kind] for numbers in judged)) for kind in sorted(set(kinds)) if runs_of(kind) > 1},
    }
    return {"edited": edited}


def write_checkpoint(path, card, tensors, dataset, predicted, embeddings):
    """Completes the card (metanet, name, config, command) by what holds for every metanet, and writes the file that the page
    loads. `predicted` and `embeddings` are those of each part that has networks. Returns the card."""
    graphs, parts = dataset.graphs, dataset.parts
    true = {part: dataset.accuracy[indices] for part, indices in parts.items()}
    mean, axes, threshold = describe_domain(embeddings["train"], embeddings["validation"])
    in_distribution = np.concatenate([parts[part] for part in zoo_split.SHARES])
    histogram = np.histogram(dataset.accuracy[in_distribution], bins=50, range=(0, 1))[0] / len(in_distribution)
    names = " and ".join(ZOOS[zoo].NAME for zoo in dataset.zoos)
    card = {
        **card,
        "task": {"dataset": "CIFAR-10", "inputs": 3, "outputs": 10},
        "zoo": f"{names}: {len(in_distribution)} networks of {len(set(dataset.runs[in_distribution]))} training runs",
        "networks": {part: len(parts[part]) for part in zoo_split.SHARES},
        "validation": quality(predicted["validation"], true["validation"]),
        "test": quality(predicted["test"], true["test"]),
        "interval": interval(predicted["test"], true["test"], dataset.runs[parts["test"]], grows=True),
        **after_edits(predicted, dataset),
        "domain": {"threshold": threshold, "quantile": DOMAIN_QUANTILE},
        "accuracies": [round(float(share), 5) for share in histogram],
        "date": datetime.date.today().isoformat(),
    }
    if path:
        tensors = {name: value.contiguous() for name, value in tensors.items()}
        tensors["domain.mean"] = torch.tensor(mean, dtype=torch.float32)
        tensors["domain.axes"] = torch.tensor(axes, dtype=torch.float32).contiguous()
        tensors["domain.node_facts"] = fact_ranges(graphs.node_facts, graphs.group_bounds, parts["train"], NODE_KINDS)
        tensors["domain.edge_facts"] = fact_ranges(graphs.edge_facts, graphs.block_bounds, parts["train"], EDGE_KINDS)
        save_file(tensors, path, {"card": json.dumps(card)})
    return card


def domain_distance(card, tensors, graphs, indices, embeddings):
    """How far networks lie from the zoo, [n]: above 1, unlike it. As src/tasks/predict-accuracy.ts measures it."""
    number = lambda name: tensors[f"domain.{name}"].double().numpy()
    distance = np.sqrt((((embeddings - number("mean")) @ number("axes").T) ** 2).mean(1)) / card["domain"]["threshold"]
    if "outlierThreshold" not in card["domain"]:
        return distance
    softplus = lambda logit: np.logaddexp(0, logit)
    logits = outlier_logits(tensors, np.concatenate([arrangements(graphs, indices), embeddings], 1))
    learned = softplus(logits) / softplus(card["domain"]["outlierThreshold"])
    # Within its threshold the embedding says less than what was learned of it.
    return np.where(distance > 1, np.maximum(distance, learned), learned)


def read_checkpoint(path):
    """(card, tensors)"""
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["card"]), {name: file.get_tensor(name) for name in file.keys()}


def weights_sum(tensors):
    """What tells a checkpoint's weights from any other's: the CRC-32 of its tensors' float32 bytes, in the order of their names, in
    hexadecimal. As src/metanets/weights-sum.ts computes it."""
    total = 0
    for name in sorted(tensors):
        total = zlib.crc32(tensors[name].float().contiguous().numpy().tobytes(), total)
    return f"{total:08x}"


def load_model(card, tensors, graphs):
    """The module of a checkpoint that is not of trees."""
    config = card["config"]
    shape = {"width": config["width"], "rounds": config.get("rounds"), "global_features": bool(config.get("globalFeatures"))}
    options = SimpleNamespace(**shape, dropout=0.0, readout_dropout=0.0)
    model = METANETS[card["metanet"]].build(graphs.sizes, card["outputs"], options)
    model.config = config
    model.load_state_dict({name: value for name, value in tensors.items() if not name.startswith("domain.")})
    return model.eval()
