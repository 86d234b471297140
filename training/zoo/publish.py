"""Writes what the page's Zoo view shows of a zoo into public/zoo: what each network is, how accurate, and what every shipped
metanet says of it (NAME.json); the files of as many networks that no metanet was trained on as the page may weigh
(NAME.safetensors, a pack as training.zoo.pack makes them); where their embeddings lie (NAME.map.safetensors, by
training/zoo/embedding_map.py); what PyTorch makes of twenty of them, for tests (training/zoo/agreement.py); how measures of weights
alone rank them (NAME.quality.json, by bench/quality.ts); its data card (NAME.md); and the list of zoos (index.json).

  python -m training.zoo.publish --zoo ZOO.safetensors ZOO-WIDE.safetensors --graphs GRAPHS.safetensors

ZOO is a pack (training.zoo.pack) or several, GRAPHS their parameter graphs (training/write-graphs.ts); of edited networks the page
shows those of test runs. Metanets are the checkpoints in public/checkpoints/NAME, and all of them together; it writes beside them
by what weights (ensemble.json), and their list (index.json: all but GMN). NAME.json is in columns: a list per property, or, where it has few values, {"values", "codes"}.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from training.metanets.boosted_trees import STATISTICS, predict_from_tensors
from training.metanets.checkpoint import load_model, read_checkpoint
from training.metanets.dataset import Dataset, quality
from training.metanets.ensemble import together
from training.metanets.predict import predict
from training.zoo.agreement import write_agreement
from training.zoo.card import card as data_card
from training.zoo.embedding_map import write_map
from training.zoo.pack import seconds_of
from training.zoo.zoos import ZOOS

PUBLIC = Path(__file__).parent.parent.parent / "public"
FOLDER = PUBLIC / "zoo"
# Of the files that come with the page.
MOST_BYTES = {"test": 12e6, "wide": 4e6, "edited-test": 4e6}
DIGITS = 4
# What a network is, in words, where its zoo varies it.
WORDS = ["kind", "edit", "norm", "activation", "optimiser", "head"]
# GMN, whose prediction the page shows, comes first.
ORDER = ["gmn", "no-message", "np-nfn", "ng-gnn", "ng-t", "spectral-statnn", "statnn", "statnn-mlp", "dmc", "deepsets"]
TOGETHER = "Together"


def predict_all(path, graphs):
    """(card, accuracies [n]) of a checkpoint."""
    card, tensors = read_checkpoint(path)
    if "trees" in card["config"]:
        features = STATISTICS[card["metanet"]][1](graphs, range(graphs.count))
        return card, predict_from_tensors(tensors, card["config"], features)
    return card, predict(load_model(card, tensors, graphs), graphs, range(graphs.count))


def described(name, card, predicted, dataset):
    """A metanet as the page's Zoo view has it."""
    true, shown = dataset.accuracy, dataset.shown
    promised = lambda interval: {key: interval[key] for key in ("coverage", "halfWidth", "slope") if key in interval}
    by_part = {part: quality(predicted[at], true[at]) for part, at in dataset.parts.items() if np.isin(at, shown).any()}
    print(card["name"], json.dumps(by_part))
    return {
        "id": name,
        "name": card["name"],
        "interval": promised(card["interval"]),
        **({"editedInterval": promised(card["edited"]["interval"])} if "edited" in card else {}),
        "quality": by_part,
        "predicted": rounded(predicted[shown]),
    }


def parameter_counts(graphs):
    """Of each network, as the page counts them."""
    counts = np.concatenate([[0], np.cumsum(np.where(graphs.block_holds, graphs.block_edges, 0))])
    return np.diff(counts[graphs.block_bounds])


def widest(graphs):
    """Nodes of the widest hidden layer of each network."""
    is_hidden = (graphs.group_depth > 0) & (graphs.group_is_source == 0) & (graphs.group_is_output == 0)
    return np.maximum.reduceat(np.where(is_hidden, graphs.group_size, 0), graphs.group_bounds[:-1])


def ship(packs, dataset, out):
    """Writes held-out networks, drawn at random, as many as each part may weigh. Returns their places in the zoo."""
    tensors, chosen = {}, []
    files = [safe_open(path, "np") for path in packs]
    file_of = {name: file for file in files for name in file.keys()}
    for part, most in MOST_BYTES.items():
        size = 0
        for index in np.random.default_rng(0).permutation(dataset.parts[part]):
            name = dataset.graphs.names[index]
            network = file_of[name].get_tensor(name)
            size += len(network)
            if size > most:
                break
            tensors[name] = network
            chosen.append(int(index))
    records = [dataset.records[index] for index in sorted(chosen)]
    save_file(tensors, out, {"zoo": dataset.zoos[0], "networks": json.dumps(records)})
    return sorted(chosen)


def word(record, key):
    """As the page says it: of edits their kind."""
    value = record.get(key, "–")
    return value["kind"] if isinstance(value, dict) else value


def coded(values):
    kinds = sorted(set(values))
    return {"values": kinds, "codes": [kinds.index(value) for value in values]}


def rounded(numbers):
    return [round(float(number), DIGITS) for number in numbers]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", nargs="+", required=True)
    parser.add_argument("--graphs", nargs="+", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)

    dataset = Dataset(options.zoo, options.graphs)
    graphs, parts, records, accuracy = dataset.graphs, dataset.parts, dataset.records, dataset.accuracy
    shown = dataset.shown
    of = lambda key: [records[index][key] for index in shown]
    part_of = {int(index): part for part, indices in parts.items() for index in indices}
    (zoo,) = dataset.zoos
    metanets, cards, all_predicted, folder = [], [], {}, PUBLIC / "checkpoints" / zoo
    checkpoints = sorted(folder.glob("*.safetensors"), key=lambda path: ORDER.index(path.stem))
    for path in checkpoints:
        card, predicted = predict_all(path, graphs)
        cards.append(card)
        all_predicted[card["metanet"]] = predicted
        metanets.append(described(card["metanet"], card, predicted, dataset))
    card, predicted = together(all_predicted, dataset)
    (folder / "index.json").write_text(json.dumps([path.name for path in checkpoints[1:]]) + "\n")
    (folder / "ensemble.json").write_text(json.dumps({"name": TOGETHER, **card}, indent=1) + "\n")
    metanets.append(described("ensemble", {"name": TOGETHER, **card}, predicted, dataset))

    shipped = ship(options.zoo, dataset, FOLDER / f"{zoo}.safetensors")
    published = {
        "name": ZOOS[zoo].NAME,
        "description": ZOOS[zoo].DESCRIPTION,
        "dataset": "CIFAR-10",
        "columns": {
            "name": [graphs.names[index] for index in shown],
            "run": of("run"),
            "accuracy": rounded(accuracy[shown]),
            "trainAccuracy": rounded(of("train_accuracy")),
            "samplesSeen": of("samples_seen"),
            "parameters": parameter_counts(graphs)[shown].tolist(),
            "depth": graphs.depth[shown].tolist(),
            "widest": widest(graphs)[shown].tolist(),
        },
        "words": {
            "split": coded([part_of[index] for index in shown]),
            **{key: coded([word(records[k], key) for k in shown]) for key in WORDS if any(key in r for r in records)},
        },
        "shipped": np.flatnonzero(np.isin(shown, shipped)).tolist(),
        "metanets": metanets,
    }
    out = FOLDER / f"{zoo}.json"
    out.write_text(json.dumps(published, separators=(",", ":")) + "\n")
    seconds = sum(map(seconds_of, options.zoo))
    (FOLDER / f"{zoo}.md").write_text(data_card(dataset, zoo, parameter_counts(graphs), len(shipped), seconds, cards))
    write_map(dataset, zoo, FOLDER)
    write_agreement(zoo, dataset, shipped, checkpoints)
    subprocess.run(["npx", "tsx", "bench/quality.ts", zoo], check=True, cwd=PUBLIC.parent)
    print(f"{len(shown)} networks, {out.stat().st_size / 1e3:.0f} kB; {len(shipped)} of them as files")
    known = [{"id": name, "name": module.NAME} for name, module in ZOOS.items() if (FOLDER / f"{name}.json").exists()]
    (FOLDER / "index.json").write_text(json.dumps(known) + "\n")


if __name__ == "__main__":
    main()
