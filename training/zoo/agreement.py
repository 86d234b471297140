"""What PyTorch computes of a few of the zoo's networks with every metanet that the page ships, and how their weights are arranged: the
page's references and engines are held to it (src/metanets/agreement.test.ts); and how far GMN's domain check finds them from the zoo
(src/tasks/predict-accuracy.test.ts). Written by training.zoo.publish, as training/fixtures/agreement/ZOO.json.
"""

import json
from pathlib import Path

import torch
from scipy.special import logit

from training.metanets.boosted_trees import STATISTICS, predict_from_tensors
from training.metanets.checkpoint import domain_distance, load_model, read_checkpoint, weights_sum
from training.metanets.data import arrangements, in_float64
from training.metanets.predict import predict_outputs

FOLDER = Path(__file__).parent.parent / "fixtures/agreement"
# Of each kind of network; of the zoo's only kind, so many times as there are kinds in the other.
OF_EACH_KIND, OF_ONE_KIND = 4, 20


def choose(records, shipped):
    """Places in the zoo of networks whose files the page has: as many of each kind."""
    kinds = sorted({records[index].get("kind", "") for index in shipped})
    most = OF_ONE_KIND if len(kinds) == 1 else OF_EACH_KIND
    return [index for kind in kinds for index in [k for k in shipped if records[k].get("kind", "") == kind][:most]]


@torch.no_grad()
def outputs_of(card, tensors, graphs, indices):
    """[n][outputs] in float64, each network by itself."""
    if "trees" in card["config"]:
        features = STATISTICS[card["metanet"]][1](graphs, indices)
        return [[float(logit(accuracy))] for accuracy in predict_from_tensors(tensors, card["config"], features)]
    model = load_model(card, tensors, graphs).double().eval()
    return [model(in_float64(graphs.batch([index])))[0][0].tolist() for index in indices]


def distances_of(card, tensors, graphs, indices):
    """[n]: what the domain check says, in units of its threshold."""
    embeddings = predict_outputs(load_model(card, tensors, graphs), graphs, indices)[1]
    return domain_distance(card, tensors, graphs, indices, embeddings).tolist()


def write_agreement(zoo, dataset, shipped, checkpoints):
    indices = choose(dataset.records, shipped)
    metanets = {}
    for path in checkpoints:
        card, tensors = read_checkpoint(path)
        outputs = outputs_of(card, tensors, dataset.graphs, indices)
        metanets[card["metanet"]] = {"checkpoint": weights_sum(tensors), "outputs": outputs}
        if card["metanet"] == "gmn":
            distances = distances_of(card, tensors, dataset.graphs, indices)
    FOLDER.mkdir(exist_ok=True)
    content = {
        "networks": [dataset.graphs.names[index] for index in indices],
        "arrangements": arrangements(dataset.graphs, indices).tolist(),
        "distances": distances,
        "metanets": metanets,
    }
    (FOLDER / f"{zoo}.json").write_text(json.dumps(content) + "\n")
