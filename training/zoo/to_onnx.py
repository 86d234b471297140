"""A zoo network as an ONNX model, kind by kind: the operators of its module's forward pass, in the same order.

The metadata entry `metanet` holds, as JSON, what is known of the network: data set, test accuracy, samples seen, run.
"""

import math

import numpy as np

from training.zoo.diverse import KERNEL_1D, PATCH, PATCHES, SET_SIDE, SET_WAVES
from training.zoo.onnx_builder import Builder


def _cnn2d(b, spec):
    x = "image"
    for index, layer in enumerate(spec["layers"]):
        prefix, identity = f"blocks.{index}.", x
        x = b.conv(prefix + "conv", x, layer["stride"], layer["kernel"] // 2)
        x = b.norm(prefix + "norm", x, spec)
        x = b.activation(spec["activation"], x)
        if layer["residual"]:
            x = b.node("Add", [x, identity])
        if layer["pool"] != "none":
            x = b.node({"max": "MaxPool", "avg": "AveragePool"}[layer["pool"]], [x], kernel_shape=[2, 2], strides=[2, 2])
    if spec["head"] != "flatten":
        x = b.node({"average": "GlobalAveragePool", "max": "GlobalMaxPool"}[spec["head"]], [x])
    b.head("", b.node("Flatten", [x]), spec)


def _cnn1d(b, spec):
    x = b.node("Reshape", ["image", b.constant([0, 0, -1])])
    for index, layer in enumerate(spec["layers"]):
        prefix = f"layers.{index}."
        x = b.conv(prefix + "conv", x, layer["stride"], KERNEL_1D // 2)
        x = b.norm(prefix + "norm", x, spec)
        x = b.activation(spec["activation"], x)
    x = b.node("GlobalAveragePool", [x])
    b.head("head.", b.node("Flatten", [x]), spec)


def _batch_size(b):
    """[1]: for values that are the same for every image of a batch."""
    return b.node("Shape", ["image"], start=0, end=1)


def _deepsets(b, spec):
    side = 32 // SET_SIDE
    pixels = b.node("AveragePool", ["image"], kernel_shape=[side, side], strides=[side, side])
    # Computed, not stored: these are no parameters.
    row, column, phase = (b.constant(part) for part in np.float32(SET_WAVES).T[:, :, None, None])
    place = math.pi * (np.arange(SET_SIDE, dtype=np.float32) + 0.5) / SET_SIDE
    angles = [b.node("Mul", [row, b.constant(place[:, None])]), b.node("Mul", [column, b.constant(place)])]
    waves = b.node("Sin", [b.node("Add", [b.node("Add", angles), phase])])
    shape = b.node("Concat", [_batch_size(b), b.constant([len(SET_WAVES), SET_SIDE, SET_SIDE])], axis=0)
    x = b.node("Concat", [pixels, b.node("Expand", [waves, shape])], axis=1, name="place")
    x = b.node("Transpose", [b.node("Reshape", [x, b.constant([0, 0, -1])])], perm=[0, 2, 1])
    for index in range(len(spec["widths"])):
        prefix = f"layers.{index}."
        mean = b.linear(prefix + "mean", b.node("ReduceMean", [x, b.constant([1])], keepdims=1))
        x = b.node("Add", [b.linear(prefix + "own", x), mean], name=prefix + "sum")
        if spec["norm"] == "batch":  # wants the features in axis 1
            x = b.norm(prefix + "norm", b.node("Transpose", [x], perm=[0, 2, 1]), spec)
            x = b.node("Transpose", [x], perm=[0, 2, 1])
        else:
            x = b.norm(prefix + "norm", x, spec)
        x = b.activation(spec["activation"], x)
    b.head("head.", b.node("ReduceMean", [x, b.constant([1])], keepdims=0), spec)


def _resnet(b, spec):
    x = b.conv("stem", "image", 2, spec["stem"]["kernel"] // 2)
    x = b.activation(spec["activation"], b.norm("stem_norm", x, spec))
    for index, block in enumerate(spec["blocks"]):
        prefix, identity = f"blocks.{index}.", x
        if prefix + "projection.weight" in b.state:
            identity = b.conv(prefix + "projection", identity, block["stride"], 0)
            identity = b.norm(prefix + "projection_norm", identity, spec)
        x = b.norm(prefix + "norm1", b.conv(prefix + "conv1", x, block["stride"], 1), spec)
        x = b.activation(spec["activation"], x)
        x = b.norm(prefix + "norm2", b.conv(prefix + "conv2", x, 1, 1), spec)
        x = b.activation(spec["activation"], b.node("Add", [x, identity], name=prefix + "sum"))
    x = b.node("GlobalAveragePool", [x])
    b.head("", b.node("Flatten", [x]), spec)


def _vit(b, spec):
    width, heads = spec["width"], spec["heads"]
    x = b.node("Reshape", [b.conv("patch", "image", PATCH, 0), b.constant([0, 0, PATCHES])])
    x = b.node("Transpose", [x], perm=[0, 2, 1])
    if spec["readout"] == "token":
        shape = b.node("Concat", [_batch_size(b), b.constant([1, width])], axis=0)
        x = b.node("Concat", [b.node("Expand", [b.weight("token"), shape]), x], axis=1)
    x = b.node("Add", [x, b.weight("position")])
    for index in range(spec["depth"]):
        prefix = f"layers.{index}."
        x = b.node("Add", [x, _attention(b, prefix, b.norm(prefix + "norm1", x, spec), width, heads)], name=prefix + "sum1")
        y = b.linear(prefix + "up", b.norm(prefix + "norm2", x, spec))
        y = b.linear(prefix + "down", b.activation("gelu", y))
        x = b.node("Add", [x, y], name=prefix + "sum2")
    x = b.norm("norm", x, spec)
    if spec["readout"] == "token":
        x = b.node("Gather", [x, b.constant(0)], axis=1)
    else:
        x = b.node("ReduceMean", [x, b.constant([1])], keepdims=0)
    b.head("", x, spec)


def _attention(b, prefix, x, width, heads):
    size = width // heads
    qkv = b.linear(prefix + "qkv", x)
    parts = []
    for start, order in ((0, [0, 2, 1, 3]), (width, [0, 2, 3, 1]), (2 * width, [0, 2, 1, 3])):  # keys are transposed
        part = b.node("Slice", [qkv, b.constant([start]), b.constant([start + width]), b.constant([2])])
        parts.append(b.node("Transpose", [b.node("Reshape", [part, b.constant([0, 0, heads, size])])], perm=order))
    queries, keys, values = parts
    queries = b.node("Mul", [queries, b.constant(np.float32(size**-0.5))])
    weights = b.node("Softmax", [b.node("MatMul", [queries, keys])], axis=-1)
    y = b.node("Transpose", [b.node("MatMul", [weights, values], name=prefix + "attention")], perm=[0, 2, 1, 3])
    return b.linear(prefix + "projection", b.node("Reshape", [y, b.constant([0, 0, width])]))


KINDS = {"cnn2d": _cnn2d, "cnn1d": _cnn1d, "deepsets": _deepsets, "resnet": _resnet, "vit": _vit}


def to_onnx(spec, state, metadata):
    """`state`: name → array, as the network's state_dict() names them."""
    builder = Builder(state)
    KINDS[spec.get("kind", "cnn2d")](builder, spec)  # the specs of the Varying CNNs zoo name no kind
    return builder.model(metadata)
