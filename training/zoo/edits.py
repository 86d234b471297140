"""What people do to a trained network: the edits of the page's What if (src/edits), drawn at random.

  prune         the smallest weights, of the network or of one layer, to 0
  noise         normal noise, relative to each tensor's standard deviation
  quantise      weights rounded to 4 or 8 bits, a scale per tensor or per channel
  scale         all parameters of one layer times a factor
  reinitialise  one layer as PyTorch makes it
  shuffle       what one layer writes in another order, and what reads it not: no symmetry
  interpolate   towards another checkpoint of the run

A state is name → float32 array, as a network's state_dict() names them; an edit a plain dictionary, its kind and what was drawn.
"""

import numpy as np

KINDS = ["prune", "noise", "quantise", "scale", "reinitialise", "shuffle", "interpolate"]


def weights_of(state, layer=None):
    """Names of the weights: biases and norms hold vectors."""
    return [name for name, value in state.items() if value.ndim > 1 and (layer is None or _layer_of(name) == layer)]


def _layer_of(name):
    return name.rpartition(".")[0]


def _is_counted(name):
    """Statistics that a norm has counted are not learned."""
    return name.endswith(("running_mean", "running_var"))


def draw_edit(kind, state, rng):
    """The parameters of an edit of that kind; of `interpolate` all but the other checkpoint."""
    # Embeddings of tokens and places are weights, too, but no layers.
    layers = sorted({_layer_of(name) for name in weights_of(state) if name.endswith(".weight")})
    layer = layers[rng.integers(len(layers))]
    one_or_all = layer if rng.random() < 0.3 else None
    logarithmic = lambda low, high: float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return {
        "kind": kind,
        **{
            "prune": lambda: {"share": rng.uniform(0.05, 0.95), "layer": one_or_all},
            "noise": lambda: {"share": logarithmic(0.05, 1.5), "layer": one_or_all},
            "quantise": lambda: {"bits": [4, 8][rng.integers(2)], "per": ["tensor", "channel"][rng.integers(2)]},
            "scale": lambda: {"factor": logarithmic(0.1, 10), "layer": layer},
            "reinitialise": lambda: {"layer": layer},
            "shuffle": lambda: {"layer": layer},
            "interpolate": lambda: {"share": rng.uniform(0.1, 1.3)},
        }[kind](),
    }


def apply_edit(edit, state, other, rng):
    """The state after the edit. `other`: the state of the other checkpoint."""
    return {
        "prune": lambda: _prune(state, edit),
        "noise": lambda: _noise(state, edit, rng),
        "quantise": lambda: {name: _quantised(v, edit) if v.ndim > 1 else v for name, v in state.items()},
        "scale": lambda: _map_layer(state, edit, lambda name, v: v if _is_counted(name) else v * edit["factor"]),
        "reinitialise": lambda: _map_layer(state, edit, lambda name, v: _fresh(name, v, state, rng)),
        "shuffle": lambda: _map_layer(state, edit, _reordered(state, edit, rng)),
        "interpolate": lambda: _between(state, other, edit["share"]),
    }[edit["kind"]]()


def _map_layer(state, edit, change):
    return {name: change(name, v) if _layer_of(name) == edit["layer"] else v for name, v in state.items()}


def _prune(state, edit):
    names = weights_of(state, edit["layer"])
    limit = np.quantile(np.concatenate([np.abs(state[name]).ravel() for name in names]), edit["share"])
    return {name: np.where(np.abs(v) < limit, 0, v) if name in names else v for name, v in state.items()}


def _noise(state, edit, rng):
    touched = lambda name: not _is_counted(name) and edit["layer"] in (None, _layer_of(name))
    noise = lambda v: edit["share"] * v.std() * rng.standard_normal(v.shape).astype(np.float32)
    return {name: v + noise(v) if touched(name) else v for name, v in state.items()}


def _quantised(value, edit):
    axes = tuple(range(1, value.ndim)) if edit["per"] == "channel" else None
    scale = np.abs(value).max(axes, keepdims=True) / (2 ** (edit["bits"] - 1) - 1)
    return np.where(scale > 0, np.round(value / np.where(scale > 0, scale, 1)) * scale, value)


def _fresh(name, value, state, rng):
    weight = state.get(f"{_layer_of(name)}.weight", value)
    if weight.ndim == 1:  # a norm
        return np.ones_like(value) if name.endswith(("weight", "running_var")) else np.zeros_like(value)
    bound = 1 / np.sqrt(np.prod(weight.shape[1:]))
    return rng.uniform(-bound, bound, value.shape).astype(np.float32)


def _reordered(state, edit, rng):
    order = rng.permutation(len(state[f"{edit['layer']}.weight"]))
    return lambda name, v: v[order]


def _between(state, other, share):
    return {name: (1 - share) * v + share * other[name] for name, v in state.items()}

