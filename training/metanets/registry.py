"""The metanets by the names that the command line, the checkpoints and the page know them by."""

from dataclasses import dataclass
from typing import Callable

from training.metanets.gmn import Gmn


@dataclass
class Metanet:
    name: str  # as the page shows it
    build: Callable  # (sizes, outputs, options) → module with .config; called with a Batch it returns (outputs, embedding)


def _gmn(sizes, outputs, options):
    return Gmn(*sizes, options.width, options.rounds, outputs, options.dropout, options.readout_dropout)


METANETS = {
    "gmn": Metanet("GMN", _gmn),
}
