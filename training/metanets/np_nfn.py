"""Neural functional network for node permutations (NP-NFN: Zhou et al., "Permutation Equivariant Neural Functionals",
NeurIPS 2023) on the parameter graph.

The paper gives every layer of the input network weights of its own, and so serves one architecture. Here the layers share
them: what a state is multiplied with depends only on how its edge lies to the other (the same, the same row, a
neighbouring layer, …), and on the edge's kind. Equations: src/metanets/np-nfn/np-nfn.ts, line by line the same.
"""

import torch
from torch import nn

from training.metanets.data import COEFFICIENTS, EDGE_KINDS
from training.metanets.gmn import Encoder, compress
from training.metanets.layers import Dropout
from training.metanets.segments import means_around_nodes, segment_mean, take

LAYERS = 3


class NfLayer(nn.Module):
    """The equivariant linear map of pair states."""

    def __init__(self, width):
        super().__init__()
        linear = lambda inputs: nn.Linear(inputs, width, bias=False)
        self.own = linear(width)
        self.row, self.column, self.block, self.network = (linear(width) for _ in range(4))
        # Of a node: means over its incoming weights, its other incoming edges, its outgoing edges.
        self.source, self.target = linear(3 * width), linear(3 * width)
        self.kind = linear(EDGE_KINDS)
        # As in the paper's code: the sum of all terms starts with the variance that one linear layer would have.
        bound = (11 * width) ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, e, batch, rows, columns):
        around = means_around_nodes(e, batch)
        block = segment_mean(e, batch.block, len(batch.is_weight))
        network = segment_mean(block, batch.block_network, len(batch.ends))
        per_block = self.block(block) + take(self.network(network), batch.block_network) + self.kind(batch.edge_facts[:, :EDGE_KINDS])
        per_row = self.row(segment_mean(e, rows, int(rows.max()) + 1))
        per_column = self.column(segment_mean(e, columns, int(columns.max()) + 1))
        return (
            self.own(e)
            + take(per_row, rows)
            + take(per_column, columns)
            + take(self.source(around), batch.source)
            + take(self.target(around), batch.target)
            + take(per_block, batch.block)
        )


class NpNfn(nn.Module):
    """Returns (logits [n, outputs], embedding [n, 4·width])."""

    def __init__(self, edge_facts, order, outputs, width=48, dropout=0.1):
        super().__init__()
        self.config = {"width": width, "layers": LAYERS}
        self.encoder = Encoder(COEFFICIENTS + 2, edge_facts, width)
        self.position = nn.Linear(order, width, bias=False)
        self.layers = nn.ModuleList(NfLayer(width) for _ in range(LAYERS))
        self.hidden = nn.ModuleList([nn.Linear(width, 4 * width), nn.Linear(4 * width, 4 * width)])
        self.output = nn.Linear(4 * width, outputs)
        self.dropout = Dropout(dropout)

    def forward(self, batch):
        e = self.encoder(compress(batch.inputs), batch.edge_facts, batch.block)
        # The paper's position embedding (NP-PosEmb) of the network's inputs; its outputs have no order here.
        e = e + take(self.position(batch.order), batch.source)
        nodes = len(batch.group)
        _, rows = torch.unique(batch.block * nodes + batch.target, return_inverse=True)
        _, columns = torch.unique(batch.block * nodes + batch.source, return_inverse=True)
        for layer in self.layers:
            e = nn.functional.relu(layer(e, batch, rows, columns))
        block = segment_mean(e, batch.block, len(batch.is_weight))
        embedding = segment_mean(block, batch.block_network, len(batch.ends))
        for layer in self.hidden:
            embedding = self.dropout(nn.functional.relu(layer(embedding)))
        return self.output(embedding), embedding
