"""Neural Graphs' two metanets in PyTorch (Kofinas et al., "Graph Neural Networks for Learning Equivariant Representations of
Neural Networks", ICLR 2024), baselines on our parameter graph.

Equations, and what differs from the paper: src/metanets/neural-graphs/{ng-gnn,ng-t}.ts, line by line the same.
"""

import torch
from torch import nn

from training.metanets.data import COEFFICIENTS
from training.metanets.gmn import Encoder, compress
from training.metanets.layers import Dropout
from training.metanets.segments import deviation_from, segment_extreme, segment_mean, segment_sum, take

DEVIATION_EPSILON = 1e-5
LOG_DEGREE = 3.14  # until the training networks are known


def silu(x):
    return nn.functional.silu(x)


def gelu(x):
    return nn.functional.gelu(x, approximate="tanh")


def directed_edges(batch, with_self_edges=False):
    """(reader, origin, order) of the edges of both directions, sorted by the node that reads: edge k is row order[k] of the pairs
    as they are stored, then reversed, then each node to itself."""
    itself = [torch.arange(len(batch.group))] if with_self_edges else []
    reader = torch.cat([batch.target, batch.source, *itself])
    origin = torch.cat([batch.source, batch.target, *itself])
    order = torch.argsort(reader, stable=True)
    return reader[order], origin[order], order


class Encoders(nn.Module):
    """States of nodes [V, H], and of edges [2P, H]: every pair as it is stored, then every pair in reverse."""

    def __init__(self, node_facts, edge_facts, order, width):
        super().__init__()
        self.node = Encoder(order, node_facts, width)
        self.forward_edge = Encoder(COEFFICIENTS + 2, edge_facts, width)
        self.reverse_edge = Encoder(COEFFICIENTS + 2, edge_facts, width)

    def forward(self, batch):
        x = compress(batch.inputs)
        edges = [encoder(x, batch.edge_facts, batch.block) for encoder in (self.forward_edge, self.reverse_edge)]
        return self.node(batch.order, batch.node_facts, batch.group), torch.cat(edges)


class Readout(nn.Module):
    """Mean and maximum over the network's output nodes → outputs."""

    def __init__(self, width, outputs):
        super().__init__()
        self.first = nn.Linear(2 * width, width)
        self.second = nn.Linear(width, width)
        self.output = nn.Linear(width, outputs)

    def forward(self, v, batch):
        networks = len(batch.ends)
        nodes = batch.is_output[batch.group].nonzero()[:, 0]
        network, v = batch.token_network[batch.group_token[batch.group[nodes]]], take(v, nodes)
        embedding = torch.cat([segment_mean(v, network, networks), segment_extreme(v, network, networks, "max")], 1)
        hidden = torch.relu(self.second(torch.relu(self.first(embedding))))
        return self.output(hidden), embedding


class PnaLayer(nn.Module):
    """Principal neighbourhood aggregation, messages modulated by their edge."""

    def __init__(self, width):
        super().__init__()
        self.reader = nn.Linear(width, width)
        self.origin = nn.Linear(width, width, bias=False)
        self.modulation = nn.Linear(width, 2 * width)
        # The node's own state; mean, minimum, maximum and deviation of the messages; the same times the degree's logarithm.
        self.node = nn.Linear(9 * width, width)

    def forward(self, v, e, reader, origin, log_degree):
        scale, shift = self.modulation(e).chunk(2, 1)
        message = scale * (take(self.reader(v), reader) + take(self.origin(v), origin)) + shift
        count = len(v)
        mean = segment_mean(message, reader, count)
        least, largest = (segment_extreme(message, reader, count, which) for which in ("min", "max"))
        deviation = deviation_from(message, mean, reader, count, DEVIATION_EPSILON)
        aggregates = torch.cat([mean, least, largest, deviation], 1)
        amplification = torch.log(torch.bincount(reader, minlength=count) + 1) / log_degree
        return self.node(torch.cat([v, aggregates, amplification.to(v)[:, None] * aggregates], 1))


class EdgeUpdate(nn.Module):
    """An edge's next state, from itself and its ends."""

    def __init__(self, width):
        super().__init__()
        self.edge = nn.Linear(width, width)
        self.reader = nn.Linear(width, width, bias=False)
        self.origin = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width)

    def forward(self, v, e, reader, origin):
        return self.output(silu(self.edge(e) + take(self.reader(v), reader) + take(self.origin(v), origin)))


class NgGnn(nn.Module):
    """Returns (logits [n, outputs], embedding [n, 2·width]); output 0 is the logit of the accuracy."""

    def __init__(self, node_facts, edge_facts, order, outputs=3, width=40, layers=4, dropout=0.1):
        super().__init__()
        self.config = {"width": width, "layers": layers, "log_degree": LOG_DEGREE}
        self.encoders = Encoders(node_facts, edge_facts, order, width)
        self.layers = nn.ModuleList(PnaLayer(width) for _ in range(layers))
        # Nothing follows the last layer but the readout.
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers - 1))
        self.edge_updates = nn.ModuleList(EdgeUpdate(width) for _ in range(layers - 1))
        self.readout = Readout(width, outputs)
        self.dropout = Dropout(dropout)

    def fit(self, graphs, indices):
        """Learns what degrees are divided by: the mean of log(degree + 1) over the nodes of the training networks (PNA), edges of both
        directions counted."""
        logarithms = [torch.log(torch.bincount(directed_edges(graphs.batch([k]))[0]) + 1) for k in indices]
        self.config["log_degree"] = float(torch.cat(logarithms).mean())

    def forward(self, batch):
        reader, origin, order = directed_edges(batch)
        v, e = self.encoders(batch)
        e = take(e, order)
        ends = reader, origin, self.config["log_degree"]
        for layer, norm, edge_update in zip(self.layers, self.norms, self.edge_updates):
            v = self.dropout(silu(norm(layer(v, e, *ends))))
            e = edge_update(v, e, reader, origin)
        return self.readout(self.layers[-1](v, e, *ends), batch)


def xavier_linear(inputs, outputs, bias=True):
    """Initialised as in the relational transformer's code."""
    linear = nn.Linear(inputs, outputs, bias)
    nn.init.xavier_uniform_(linear.weight)
    if bias:
        nn.init.zeros_(linear.bias)
    return linear


class Mlp(nn.Module):
    """W2 GELU(W1 x) + b, the second half of a transformer layer."""

    def __init__(self, width):
        super().__init__()
        self.hidden = xavier_linear(width, width, bias=False)
        self.output = xavier_linear(width, width)

    def forward(self, x):
        return self.output(gelu(self.hidden(x)))


class RelationalAttention(nn.Module):
    """Nodes attend over their edges; queries, keys and values are moved, and values scaled, by the edge."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.node = xavier_linear(width, 3 * width, bias=False)
        self.edge = xavier_linear(width, 4 * width, bias=False)
        self.output = xavier_linear(width, width)

    def forward(self, v, e, reader, origin):
        count, width = v.shape
        query, key, value = self.node(v).chunk(3, 1)
        edge_query, edge_key, edge_add, edge_multiply = self.edge(e).chunk(4, 1)
        products = (take(query, reader) + edge_query) * (take(key, origin) + edge_key)
        scores = products.view(len(e), self.heads, -1).sum(2) * width**-0.5
        # The largest score is taken off before the exponential, which changes nothing but the range.
        exponentials = (scores - take(segment_extreme(scores.detach(), reader, count, "max"), reader)).exp()
        total = segment_sum(exponentials, reader, count)
        values = take(value, origin) * edge_multiply + edge_add
        weighted = (values.view(len(e), self.heads, -1) * exponentials[:, :, None]).view(len(e), width)
        attended = segment_sum(weighted, reader, count).view(count, self.heads, -1)
        return self.output((attended / total[:, :, None]).view(count, width))


class RelationalEdges(nn.Module):
    """An edge's step, from itself, its reverse and its ends."""

    def __init__(self, width):
        super().__init__()
        self.edge = xavier_linear(width, width)
        self.opposite = xavier_linear(width, width, bias=False)
        self.reader = xavier_linear(width, width, bias=False)
        self.origin = xavier_linear(width, width, bias=False)
        self.output = xavier_linear(width, width)

    def forward(self, v, e, reader, origin, opposite):
        ends = take(self.reader(v), reader) + take(self.origin(v), origin)
        return self.output(gelu(self.edge(e) + take(self.opposite(e), opposite) + ends))


class TransformerLayer(nn.Module):
    """A step, then a multilayer perceptron; LayerNorm after both residuals. Called with the states and what the step reads."""

    def __init__(self, width, step, dropout):
        super().__init__()
        self.step = step
        self.step_norm = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.mlp_norm = nn.LayerNorm(width)
        self.dropout = Dropout(dropout)

    def forward(self, states, *read):
        states = self.step_norm(states + self.dropout(self.step(*read)))
        return self.mlp_norm(states + self.dropout(self.mlp(states)))


class NgT(nn.Module):
    """Returns (logits [n, outputs], embedding [n, 2·width]); output 0 is the logit of the accuracy."""

    def __init__(self, node_facts, edge_facts, order, outputs=3, width=32, layers=3, heads=4, dropout=0.1):
        super().__init__()
        self.config = {"width": width, "layers": layers, "heads": heads}
        self.encoders = Encoders(node_facts, edge_facts, order, width)
        self.self_edge = nn.Parameter(torch.randn(1, width))
        node_layer = lambda: TransformerLayer(width, RelationalAttention(width, heads), dropout)
        edge_layer = lambda: TransformerLayer(width, RelationalEdges(width), dropout)
        self.node_layers = nn.ModuleList(node_layer() for _ in range(layers))
        # Nothing reads the edges after the last layer.
        self.edge_layers = nn.ModuleList(edge_layer() for _ in range(layers - 1))
        self.readout = Readout(width, outputs)

    def forward(self, batch):
        v, e = self.encoders(batch)
        reader, origin, order = directed_edges(batch, with_self_edges=True)
        pairs, edges = len(batch.source), len(order)
        # Where the edge stands that runs the other way; a node's edge to itself is its own opposite.
        place = torch.empty_like(order)
        place[order] = torch.arange(edges)
        rows = torch.arange(edges)
        opposite = place[torch.cat([rows[pairs : 2 * pairs], rows[:pairs], rows[2 * pairs :]])[order]]
        e = take(torch.cat([e, self.self_edge.expand(len(v), -1)]), order)
        for node_layer, edge_layer in zip(self.node_layers, self.edge_layers):
            v = node_layer(v, v, e, reader, origin)
            e = edge_layer(e, v, e, reader, origin, opposite)
        return self.readout(self.node_layers[-1](v, v, e, reader, origin), batch)
