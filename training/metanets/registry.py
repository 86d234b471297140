"""The metanets by the names that the command line, the checkpoints and the page know them by."""

from dataclasses import dataclass, field
from typing import Callable

from training.metanets.deepsets import DeepSets
from training.metanets.dmc import Dmc
from training.metanets.gmn import Gmn
from training.metanets.neural_graphs import NgGnn, NgT
from training.metanets.np_nfn import NpNfn
from training.metanets.statnn import StatNN


@dataclass
class Metanet:
    name: str  # as the page shows it
    build: Callable  # (sizes, outputs, options) → module with .config; called with a Batch it returns (outputs, embedding)
    defaults: dict = field(default_factory=dict)  # of train.py's options


def _gmn(sizes, outputs, options):
    widths = options.width or 48, options.rounds
    return Gmn(*sizes, *widths, outputs, options.dropout, options.readout_dropout, options.global_features)


def _ng_gnn(sizes, outputs, options):
    return NgGnn(*sizes, outputs, options.width or 40, dropout=options.dropout)


def _ng_t(sizes, outputs, options):
    return NgT(*sizes, outputs, options.width or 32, dropout=options.dropout)


def _np_nfn(sizes, outputs, options):
    _, edge_facts, order = sizes
    return NpNfn(edge_facts, order, outputs, options.width or 48, options.readout_dropout)


def _statnn(sizes, outputs, options):
    return StatNN(outputs, options.width or 256, options.readout_dropout)


def _dmc(sizes, outputs, options):
    return Dmc(outputs, options.width or 64)


def _deepsets(sizes, outputs, options):
    return DeepSets(outputs, options.width or 64)


# Settings that are not train.py's: how long two cores can let each learn for a table of several seeds, and rates that were better on
# the networks for validation. Edges are thinned (data.py) where nodes hear their means: NG-GNN hears extremes and degrees, and NG-T
# weighs each edge against the node's own.
_GMN = {"epochs": 12, "pairs": 256}
METANETS = {
    "gmn": Metanet("GMN", _gmn, _GMN),
    "no-message": Metanet("GMN, no messages", _gmn, {**_GMN, "rounds": 0}),
    "local-gmn": Metanet("GMN, no global features", _gmn, {**_GMN, "global_features": False}),
    "local-no-message": Metanet("GMN, no messages, no global features", _gmn, {**_GMN, "rounds": 0, "global_features": False}),
    "ng-gnn": Metanet("NG-GNN", _ng_gnn, {"epochs": 10, "rate": 1e-3}),
    "ng-t": Metanet("NG-T", _ng_t, {"epochs": 10, "rate": 1e-3}),
    "np-nfn": Metanet("NP-NFN", _np_nfn, {"epochs": 12, "pairs": 256}),
    "statnn-mlp": Metanet("StatNN (MLP)", _statnn, {"epochs": 15, "noise": 0.0}),
    "dmc": Metanet("DMC", _dmc, {"epochs": 12, "rate": 5e-3}),
    "deepsets": Metanet("DeepSets", _deepsets, {"epochs": 20, "rate": 2.5e-3}),
}
