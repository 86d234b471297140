"""Parameter graphs as written by training/write-graphs.ts, and batches of them.

A batch of graphs is one graph: nodes, pairs, groups and blocks of its networks one after the other.
"""

import json
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from safetensors.torch import load_file
from safetensors import safe_open

from training.metanets.arrangement import arrangement

COEFFICIENTS = 25
# How many kinds the facts of nodes and of edges begin with (NODE_KINDS, src/graph/parameter-graph.ts; TOLD_EDGE_KINDS, src/metanets/facts.ts).
NODE_KINDS, EDGE_KINDS = 14, 18
# Places of the kinds of edges that hold no parameters: residual, gate, head.
CONSTANT_KINDS = [8, 9, 16]


@dataclass
class Batch:
    """Indices are into this batch. P pairs, V nodes, G groups, B blocks, T tokens (one per network and depth), n networks."""

    inputs: torch.Tensor  # [P, 27]
    order: torch.Tensor  # [V, 6]
    node_facts: torch.Tensor  # [G, NODE_FACTS]
    edge_facts: torch.Tensor  # [B, EDGE_FACTS]
    source: torch.Tensor  # [P] node
    target: torch.Tensor  # [P] node
    block: torch.Tensor  # [P]
    group: torch.Tensor  # [V]
    is_weight: torch.Tensor  # [B] bool: weights, as against biases, norms, residuals
    is_source: torch.Tensor  # [G] bool: bias and norm nodes
    is_output: torch.Tensor  # [G] bool: the network's outputs
    block_token: torch.Tensor  # [B] token of the depth that the block leads to
    group_token: torch.Tensor  # [G]
    token_network: torch.Tensor  # [T]
    ends: torch.Tensor  # [n, 3] tokens of the first, last hidden and output depth
    values: torch.Tensor  # [E] the parameters themselves, by block, target, source and tap
    block_edges: torch.Tensor  # [B] how many of them each block has
    block_scale: torch.Tensor  # [B] what they are multiplied with in `inputs`
    block_network: torch.Tensor  # [B]
    graphs: "Graphs"  # whose networks these are
    networks: list  # [n] their indices there

    @cached_property
    def arrangement(self):
        """[n, FEATURES], in float64."""
        return torch.stack([self.graphs.arrangement(network) for network in self.networks])


class Graphs:
    """All networks of one or more files in memory."""

    def __init__(self, *paths):
        parts, self.names = [load_file(path) for path in paths], []
        for path in paths:
            with safe_open(path, "pt") as file:
                self.names += json.loads(file.metadata()["names"])
        # Indices count from each network's own first group and node, so that files can follow one another.
        # A single file stays where it is, mapped: several processes then hold it in memory once.
        joined = torch.cat if len(parts) > 1 else lambda tensors: tensors[0]
        arrays = {name: joined([part.pop(name) for part in parts]) for name in list(parts[0])}
        self.inputs, self.order = arrays["inputs"], arrays["order"]
        self.node_facts, self.edge_facts = arrays["nodeFacts"], arrays["edgeFacts"]
        networks, groups, blocks = (arrays[name].numpy() for name in ("networks", "groups", "blocks"))
        self.count = len(networks)
        self.group_bounds = np.concatenate([[0], np.cumsum(networks[:, 0])])
        self.block_bounds = np.concatenate([[0], np.cumsum(networks[:, 1])])
        self.depth = networks[:, 2]
        first, self.group_size, self.group_depth, self.group_is_source, self.group_is_output = groups.T
        source, target, pattern, parts, pairs, self.block_is_weight, self.block_taps = blocks.T
        self.values, self.block_scale = arrays["values"][:, 0], arrays["scales"][:, 0]
        self.block_targets = self.group_size[np.repeat(self.group_bounds[:-1], networks[:, 1]) + target]
        self.block_parts = parts
        self.block_ends = np.stack([source, target], 1)  # groups, from the network's own first
        self.block_holds = holds_parameters(self).numpy()
        self.block_edges = pairs * self.block_taps
        self.edge_bounds = np.concatenate([[0], np.cumsum(self.block_edges)])[self.block_bounds]
        node_bounds, pair_bounds = [0], [0]
        sources, targets, block_ids, group_ids, block_depth = [], [], [], [], []
        for network in range(self.count):
            g0, g1 = self.group_bounds[network : network + 2]
            b0, b1 = self.block_bounds[network : network + 2]
            group_ids.append(np.repeat(np.arange(g1 - g0), self.group_size[g0:g1]))
            for block in range(b0, b1):
                s, t = g0 + source[block], g0 + target[block]
                j, i = _ends(pattern[block], parts[block], self.group_size[s], self.group_size[t])
                sources.append(first[s] + i)
                targets.append(first[t] + j)
                block_ids.append(np.full(len(i), block - b0))
                block_depth.append(self.group_depth[t])
            node_bounds.append(node_bounds[-1] + int(self.group_size[g0:g1].sum()))
            pair_bounds.append(pair_bounds[-1] + int(pairs[b0:b1].sum()))
        self.node_bounds, self.pair_bounds = np.array(node_bounds), np.array(pair_bounds)
        as_tensor = lambda parts: torch.from_numpy(np.concatenate(parts).astype(np.int64))
        self.source, self.target, self.block, self.group = map(as_tensor, (sources, targets, block_ids, group_ids))
        self.block_depth = np.array(block_depth)
        self._arrangements = {}

    def arrangement(self, network):
        """How the weights of a network are arranged, [FEATURES], formed when it is first asked for."""
        if network not in self._arrangements:
            values = self.values[self.edge_bounds[network] : self.edge_bounds[network + 1]]
            self._arrangements[network] = arrangement(self, network, values.double())
        return self._arrangements[network]

    @property
    def sizes(self):
        """Lengths of node facts, edge facts and order features."""
        return self.node_facts.shape[1], self.edge_facts.shape[1], self.order.shape[1]

    def batch(self, indices):
        """The networks of `indices` as one graph."""
        pick = lambda array, bounds: torch.cat([array[bounds[k] : bounds[k + 1]] for k in indices])
        pairs, nodes, blocks, groups = self.pair_bounds, self.node_bounds, self.block_bounds, self.group_bounds
        offsets = lambda bounds: np.concatenate([[0], np.cumsum([bounds[k + 1] - bounds[k] for k in indices])])
        token_offsets = np.concatenate([[0], np.cumsum([self.depth[k] + 1 for k in indices])])

        def shifted(array, bounds, by):
            return torch.cat([array[bounds[k] : bounds[k + 1]] + int(by[n]) for n, k in enumerate(indices)])

        node_by, block_by, group_by = offsets(nodes), offsets(blocks), offsets(groups)
        depth_of = lambda array, bounds: torch.from_numpy(
            np.concatenate([array[bounds[k] : bounds[k + 1]] + token_offsets[n] for n, k in enumerate(indices)])
        ).long()
        column = lambda array, bounds: torch.from_numpy(np.concatenate([array[bounds[k] : bounds[k + 1]] for k in indices]))
        depth = np.array([self.depth[k] for k in indices])
        ends = token_offsets[:-1, None] + np.stack([np.minimum(1, depth), np.maximum(depth - 1, 0), depth], 1)
        return Batch(
            inputs=pick(self.inputs, pairs),
            order=pick(self.order, nodes),
            node_facts=pick(self.node_facts, groups),
            edge_facts=pick(self.edge_facts, blocks),
            source=shifted(self.source, pairs, node_by),
            target=shifted(self.target, pairs, node_by),
            block=shifted(self.block, pairs, block_by),
            group=shifted(self.group, nodes, group_by),
            is_weight=column(self.block_is_weight, blocks).bool(),
            is_source=column(self.group_is_source, groups).bool(),
            is_output=column(self.group_is_output, groups).bool(),
            block_token=depth_of(self.block_depth, blocks),
            group_token=depth_of(self.group_depth, groups),
            token_network=torch.repeat_interleave(torch.arange(len(indices)), torch.from_numpy(depth + 1)),
            ends=torch.from_numpy(ends),
            values=pick(self.values, self.edge_bounds),
            block_edges=column(self.block_edges, blocks).long(),
            block_scale=pick(self.block_scale, blocks),
            block_network=torch.from_numpy(np.repeat(np.arange(len(indices)), [blocks[k + 1] - blocks[k] for k in indices])),
            graphs=self,
            networks=list(indices),
        )


def arrangements(graphs, indices):
    """[n, FEATURES] as an array."""
    return np.stack([graphs.arrangement(network).numpy() for network in indices])


def _ends(pattern, parts, sources, targets):
    """(targets, sources) of every pair of a block, in the order of src/graph/parameter-graph.ts."""
    if pattern == 2:
        return np.arange(targets), np.arange(targets)
    per_target = sources // parts
    target = np.repeat(np.arange(targets), per_target)
    source = np.tile(np.arange(per_target), targets) + (target // (targets // parts)) * per_target
    return target, source


def in_float64(batch):
    """A batch with all its numbers in float64."""
    for field in fields(batch):
        tensor = getattr(batch, field.name)
        if torch.is_tensor(tensor) and tensor.is_floating_point():
            setattr(batch, field.name, tensor.double())
    return batch


def holds_parameters(graphs):
    """[B] bool, of all graphs or of a batch: residuals, gates and heads hold none."""
    return graphs.edge_facts[:, CONSTANT_KINDS].sum(1) == 0


def parameters(batch):
    """All parameters, in order, and the block of each."""
    block = torch.repeat_interleave(batch.block_edges)
    kept = holds_parameters(batch)[block]
    return batch.values[kept], block[kept]


def thin(batch, generator, kept):
    """Draws about `kept` of the pairs of every block that has more (Rong et al., DropEdge, ICLR 2020): means over a node's edges
    stay what they are on average, extremes and counts do not; a step costs less. The parameters themselves stay."""
    if not kept:
        return batch
    share = kept / torch.bincount(batch.block, minlength=len(batch.is_weight))
    drawn = torch.rand(len(batch.block), generator=generator) < share[batch.block]
    for name in ("inputs", "source", "target", "block"):
        setattr(batch, name, getattr(batch, name)[drawn])
    return batch


def augment(batch, generator, noise):
    """Adds weight noise: relative to each block's own size, of a level drawn for each network. The parameters themselves get noise of
    the same level, drawn anew: metanets that read them read no edge inputs."""
    if noise == 0:
        return batch
    network_of_block = batch.token_network[batch.block_token]
    level = noise * torch.rand(len(batch.ends), generator=generator)[network_of_block] * batch.is_weight
    inputs = batch.inputs.clone()
    # Only on coefficients that the block has.
    coefficients = inputs[:, :COEFFICIENTS]
    count = torch.zeros(len(batch.is_weight)).index_add_(0, batch.block, torch.ones(len(batch.block)))
    squares = torch.zeros(len(batch.is_weight), COEFFICIENTS).index_add_(0, batch.block, coefficients**2)
    rms = (squares / count[:, None]).sqrt()
    noise_of_pairs = torch.randn(coefficients.shape, generator=generator) * rms[batch.block]
    inputs[:, :COEFFICIENTS] += noise_of_pairs * level[batch.block][:, None]
    block = torch.repeat_interleave(batch.block_edges)
    squares = torch.zeros(len(level)).index_add_(0, block, batch.values**2)
    deviation = level * (squares / batch.block_edges).sqrt()
    batch.values = batch.values + torch.randn(len(block), generator=generator) * deviation[block]
    batch.inputs = inputs
    return batch
