"""The baselines that the GMN is measured against, on the same zoo and the same split.

  python -m training.baselines --zoo ZOO.safetensors --out training/results/baselines.json

mean        the mean accuracy of the training networks
StatNN      per tensor mean, variance and five quantiles (Unterthiner et al., 2020), read by boosted trees; networks of
            different depth are aligned from the front and from the back, and averaged
DeepSets    every parameter through a small network, mean over all parameters, then another (no layers, no order)
hyper       boosted trees on the training recipe, without any weights: what one could know without looking
Settings are chosen on the validation networks; test networks are touched once.
"""

import argparse
import json
import time

import numpy as np
import onnx
import torch
from safetensors import safe_open
from sklearn.ensemble import GradientBoostingRegressor
from torch import nn

from training.metanets.train import quality, split_networks

SLOTS = 4
STATISTICS = 7
TREES = [
    {"n_estimators": trees, "max_depth": depth, "learning_rate": rate, "subsample": 0.6, "max_features": features}
    for trees, rate in ((300, 0.05), (800, 0.03))
    for depth in (3, 5, 7)
    for features in (0.15, 0.4)
]
DEEPSETS_RATES = [3e-4, 1e-3, 3e-3, 1e-2]
DEEPSETS_EPOCHS = 60


def statistics(values):
    values = values.astype(np.float32).ravel()
    return [values.mean(), values.var(), *np.quantile(values, [0, 0.25, 0.5, 0.75, 1])]


def statnn_features(tensors):
    """Weights (two axes or more) and vectors apart; the first four and the last four of each, and their means."""
    weights = [statistics(t) for t in tensors if t.ndim >= 2]
    vectors = [statistics(t) for t in tensors if t.ndim == 1]
    nothing = [0.0] * STATISTICS

    def aligned(rows):
        return [*(rows + [nothing] * SLOTS)[:SLOTS], *([nothing] * SLOTS + rows)[-SLOTS:]]

    parts = [*aligned(weights), *aligned(vectors), np.mean(weights, 0), np.mean(vectors or [nothing], 0)]
    return np.concatenate([*parts, [len(weights), len(vectors)]])


def recipe_features(record):
    """The hyper-parameters as numbers."""
    one_hot = lambda value, options: [float(value == option) for option in options]
    layers = record["layers"]
    return [
        *(record[k] for k in ("samples_seen", "rate", "momentum", "weight_decay", "batch", "data_share", "label_smoothing")),
        *(record[k] for k in ("label_noise", "dropout", "init_gain", "hidden", "norm_groups")),
        len(layers),
        *(np.mean([layer[k] for layer in layers]) for k in ("width", "kernel", "stride", "residual")),
        layers[0]["width"],
        *one_hot(record["norm"], ("none", "batch", "group")),
        *one_hot(record["optimiser"], ("sgd", "adam", "adamw", "rmsprop")),
        *one_hot(record["activation"], ("relu", "gelu", "silu", "leaky_relu", "elu", "tanh")),
        *one_hot(record["head"], ("average", "max", "flatten")),
        *one_hot(record["schedule"], ("constant", "cosine", "linear")),
        *one_hot(record["augment"], ("none", "flip", "flip_crop")),
    ]


def boosted_trees(features, accuracy, parts):
    """The best of several settings on validation, scored on test."""
    fits = []
    for setting in TREES:
        model = GradientBoostingRegressor(**setting, random_state=0).fit(features[parts["train"]], accuracy[parts["train"]])
        validation = quality(model.predict(features[parts["validation"]]), accuracy[parts["validation"]])
        fits.append((validation["r2"], setting, model))
    _, setting, model = max(fits, key=lambda fit: fit[0])
    return {**quality(model.predict(features[parts["test"]]), accuracy[parts["test"]]), "setting": setting}


class DeepSets(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.each = nn.Sequential(nn.Linear(1, width), nn.LayerNorm(width), nn.ReLU())
        hidden = lambda: [nn.Linear(width, width), nn.LayerNorm(width), nn.ReLU()]
        self.all = nn.Sequential(*hidden(), *hidden(), nn.Linear(width, 1))

    def forward(self, networks):
        return torch.sigmoid(self.all(torch.stack([self.each(p[:, None]).mean(0) for p in networks])))[:, 0]


def deepsets(networks, accuracy, parts):
    target, best = torch.tensor(accuracy, dtype=torch.float32), None
    for rate in DEEPSETS_RATES:
        torch.manual_seed(0)
        model, rng = DeepSets(), np.random.default_rng(0)
        optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=1e-2)
        steps = DEEPSETS_EPOCHS * (len(parts["train"]) // 64)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
        for _ in range(DEEPSETS_EPOCHS):
            order = rng.permutation(parts["train"])
            for k in range(len(order) // 64):
                chosen = order[64 * k : 64 * k + 64]
                loss = nn.functional.binary_cross_entropy(model([networks[i] for i in chosen]), target[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        with torch.no_grad():
            scores = {
                part: quality(model([networks[i] for i in parts[part]]).double().numpy(), accuracy[parts[part]])
                for part in ("validation", "test")
            }
        if best is None or scores["validation"]["r2"] > best[0]:
            best = (scores["validation"]["r2"], {**scores["test"], "setting": {"rate": rate}})
    return best[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with safe_open(options.zoo, "np") as file:
        records = json.loads(file.metadata()["networks"])
        tensors = [
            [onnx.numpy_helper.to_array(t) for t in onnx.load_from_string(file.get_tensor(r["name"]).tobytes()).graph.initializer]
            for r in records
        ]
    accuracy = np.array([r["test_accuracy"] for r in records])
    parts = split_networks(np.array([r["run"] for r in records]))
    mean = np.full(len(parts["test"]), accuracy[parts["train"]].mean())
    residual = accuracy[parts["test"]] - mean
    results = {
        "networks": {part: len(indices) for part, indices in parts.items()},
        "mean": {
            "r2": float(1 - (residual**2).sum() / ((accuracy[parts["test"]] - accuracy[parts["test"]].mean()) ** 2).sum()),
            "tau": 0.0,
            "meanAbsoluteError": float(np.abs(residual).mean()),
        },
    }
    start = time.time()
    results["hyper"] = boosted_trees(np.array([recipe_features(r) for r in records], float), accuracy, parts)
    print("hyper", results["hyper"], f"{time.time() - start:.0f} s", flush=True)
    results["StatNN"] = boosted_trees(np.array([statnn_features(t) for t in tensors]), accuracy, parts)
    print("StatNN", results["StatNN"], f"{time.time() - start:.0f} s", flush=True)
    networks = [torch.from_numpy(np.concatenate([x.astype(np.float32).ravel() for x in t])) for t in tensors]
    results["DeepSets"] = deepsets(networks, accuracy, parts)
    print("DeepSets", results["DeepSets"], f"{time.time() - start:.0f} s", flush=True)
    with open(options.out, "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
