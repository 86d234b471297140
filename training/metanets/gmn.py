"""The graph metanetwork in PyTorch: trains the checkpoint, and makes the fixtures that hold the TypeScript reference.

Equations: src/metanets/gmn/gmn.ts, line by line the same.
"""

import torch
from torch import nn

from training.metanets.arrangement import FEATURES
from training.metanets.data import COEFFICIENTS, arrangements
from training.metanets.feature_mlp import FeatureMlp
from training.metanets.layers import Dropout
from training.metanets.segments import deviation_from, means_around_nodes, segment_mean, segment_sum, take

STD_EPSILON = 1e-4
# Noise on the global features while training, in deviations. They are formed once, of weights without noise.
GLOBAL_NOISE = 0.2
LEAST_DEVIATION = 1e-3


def compress(inputs):
    """[P, 27] raw edge inputs to the same shape within about ±2: asinh for signed ones, a logarithm for the mean square."""
    signed = lambda x: 0.4 * torch.asinh(4 * x)
    mean_square = 0.25 * torch.log(inputs[:, COEFFICIENTS : COEFFICIENTS + 1] + 1e-6)
    return torch.cat([signed(inputs[:, :COEFFICIENTS]), mean_square, signed(inputs[:, COEFFICIENTS + 1 :])], 1)


class Encoder(nn.Module):
    """W2 SiLU(W1 x + F facts + b) + b2, the facts shared by a whole block or group."""

    def __init__(self, inputs, facts, width):
        super().__init__()
        self.input = nn.Linear(inputs, width, bias=False)
        self.facts = nn.Linear(facts, width)
        self.output = nn.Linear(width, width)

    def forward(self, x, facts, index):
        return self.output(nn.functional.silu(self.input(x) + take(self.facts(facts), index)))


class Round(nn.Module):
    """One round of message passing. Residual steps start near zero."""

    def __init__(self, width, dropout):
        super().__init__()
        self.node_norm = nn.LayerNorm(width, bias=False)
        self.edge_norm = nn.LayerNorm(width, bias=False)
        self.source = nn.Linear(width, width, bias=False)
        self.target = nn.Linear(width, width, bias=False)
        self.edge = nn.Linear(width, width)
        self.edge_step = nn.Linear(width, width)
        # The node's own state; means over incoming weights, other incoming edges, outgoing edges.
        self.node_hidden = nn.Linear(4 * width, width)
        self.node_step = nn.Linear(width, width)
        self.dropout = Dropout(dropout)
        for step in (self.edge_step, self.node_step):
            nn.init.normal_(step.weight, std=1e-3)
            nn.init.zeros_(step.bias)

    def forward(self, v, e, batch):
        normed = self.node_norm(v)
        hidden = nn.functional.silu(
            self.edge(self.edge_norm(e))
            + take(self.source(normed), batch.source)
            + take(self.target(normed), batch.target)
        )
        e = e + self.dropout(self.edge_step(hidden))
        around = means_around_nodes(hidden, batch)
        update = self.node_step(nn.functional.silu(self.node_hidden(torch.cat([normed, around], 1))))
        return v + self.dropout(update), e


class Readout(nn.Module):
    """Statistics of every block and group → one token per depth → embedding → outputs."""

    def __init__(self, width, outputs, dropout):
        super().__init__()
        self.block = nn.Linear(2 * width, width)
        self.group = nn.Linear(2 * width, width)
        self.token = nn.Linear(width, width)
        self.embedding = nn.Linear(4 * width, 2 * width)
        self.output = nn.Linear(2 * width, outputs)
        self.dropout = Dropout(dropout)

    def forward(self, v, e, batch):
        silu = nn.functional.silu

        def mean_and_deviation(values, index, count):
            mean = segment_mean(values, index, count)
            return self.dropout(torch.cat([mean, deviation_from(values, mean, index, count, STD_EPSILON)], 1))

        blocks = silu(self.block(mean_and_deviation(e, batch.block, len(batch.is_weight))))
        groups = silu(self.group(mean_and_deviation(v, batch.group, len(batch.is_source))))
        tokens = len(batch.token_network)
        total = segment_sum(blocks, batch.block_token, tokens)
        total = total + segment_sum(groups * (~batch.is_source)[:, None], batch.group_token, tokens)
        token = silu(self.token(total))
        pooled = segment_mean(token, batch.token_network, len(batch.ends))
        first, last, output = (take(token, batch.ends[:, k]) for k in range(3))
        embedding = silu(self.embedding(torch.cat([pooled, first, last, output], 1)))
        return self.output(self.dropout(embedding)), embedding


class Gmn(nn.Module):
    """Returns (logits [n, outputs], embedding [n, 4·width + 64]); output 0 is the logit of the accuracy. `global_features`: the
    graph has some, how its weights are arranged (training/metanets/arrangement.py). Message passing cannot find spectra: no sum over a
    node's neighbours compares two neurons of a layer with each other."""

    def __init__(
        self,
        node_facts,
        edge_facts,
        order,
        width=48,
        rounds=2,
        outputs=3,
        dropout=0.1,
        readout_dropout=0.2,
        global_features=True,
    ):
        super().__init__()
        self.config = {"width": width, "rounds": rounds, "globalFeatures": FEATURES if global_features else 0}
        self.edge_encoder = Encoder(COEFFICIENTS + 2, edge_facts, width)
        self.node_encoder = Encoder(order, node_facts, width)
        self.rounds = nn.ModuleList(Round(width, dropout) for _ in range(rounds))
        # Two heads: one on the encodings alone, one after message passing, which starts at zero.
        self.before = Readout(width, outputs, readout_dropout)
        self.after = Readout(width, outputs, readout_dropout) if rounds else None
        if self.after:
            nn.init.zeros_(self.after.output.weight)
            nn.init.zeros_(self.after.output.bias)
        self.global_features = FeatureMlp(FEATURES, outputs, GLOBAL_NOISE) if global_features else None

    def fit(self, graphs, indices):
        """Before training: what the networks to learn from have for global features."""
        if self.global_features:
            features = arrangements(graphs, indices)
            self.global_features.fit(features.mean(0), features.std(0).clip(LEAST_DEVIATION))

    def forward(self, batch):
        e = self.edge_encoder(compress(batch.inputs), batch.edge_facts, batch.block)
        v = self.node_encoder(batch.order, batch.node_facts, batch.group)
        outputs, embedding = self.before(v, e, batch)
        for one_round in self.rounds:
            v, e = one_round(v, e, batch)
        if self.after:
            more, second = self.after(v, e, batch)
            outputs, embedding = outputs + more, torch.cat([embedding, second], 1)
        if self.global_features:
            more, third = self.global_features(batch.arrangement.to(outputs))
            outputs, embedding = outputs + more, torch.cat([embedding, third], 1)
        return outputs, embedding
