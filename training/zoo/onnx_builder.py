"""Writes the operators of one zoo network as an ONNX graph: float16 weights behind a Cast each, so that the file is small
and any runtime can run it.
"""

import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 21  # the first with a GroupNormalization whose scale and shift are per channel
IR_VERSION = 10


class Builder:
    """`state`: name → array, as the network's state_dict() names them. The weights keep these names."""

    def __init__(self, state):
        self.state, self.nodes, self.initializers, self.count = state, [], [], 0

    def node(self, kind, inputs, output=None, **attributes):
        self.count += 1
        output = output or f"t{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, name):
        value = np.asarray(self.state[name])
        self.initializers.append(numpy_helper.from_array(value, name))
        return self.node("Cast", [name], to=TensorProto.FLOAT) if value.dtype == np.float16 else name

    def constant(self, value):
        """Numbers that belong to the computation: shapes, axes, factors."""
        self.count += 1
        name = f"c{self.count}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def activation(self, kind, x):
        if kind == "silu":
            return self.node("Mul", [x, self.node("Sigmoid", [x])])
        operator = {"relu": "Relu", "gelu": "Gelu", "leaky_relu": "LeakyRelu", "elu": "Elu", "tanh": "Tanh"}[kind]
        return self.node(operator, [x], **({"alpha": 0.1} if kind == "leaky_relu" else {}))

    def conv(self, prefix, x, stride, padding):
        """A convolution in as many dimensions as its kernel has."""
        inputs = [x, self.weight(prefix + ".weight")]
        if prefix + ".bias" in self.state:
            inputs.append(self.weight(prefix + ".bias"))
        kernel = list(self.state[prefix + ".weight"].shape[2:])
        dimensions = len(kernel)
        return self.node(
            "Conv", inputs, kernel_shape=kernel, strides=[stride] * dimensions, pads=[padding] * 2 * dimensions
        )

    def norm(self, prefix, x, spec):
        """Over the channels, which are axis 1; a layer norm, over the last axis."""
        names = [f"{prefix}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
        if spec["norm"] == "none":
            return x
        if spec["norm"] == "batch":
            return self.node("BatchNormalization", [x, *map(self.weight, names)], epsilon=1e-5)
        parameters = [x, *map(self.weight, names[:2])]
        if spec["norm"] == "group":
            return self.node("GroupNormalization", parameters, num_groups=spec["norm_groups"], epsilon=1e-5)
        return self.node("LayerNormalization", parameters, axis=-1, epsilon=1e-5)

    def linear(self, prefix, x):
        """Over the last axis of any number of axes."""
        weight = self.node("Transpose", [self.weight(prefix + ".weight")], perm=[1, 0])
        x = self.node("MatMul", [x, weight])
        return self.node("Add", [x, self.weight(prefix + ".bias")]) if prefix + ".bias" in self.state else x

    def head(self, prefix, x, spec):
        """[batch, features] to logits, through a hidden layer where there is one. `prefix` ends in a dot, or is empty."""
        if spec.get("hidden"):
            x = self.node("Gemm", [x, self.weight(prefix + "hidden.weight"), self.weight(prefix + "hidden.bias")], transB=1)
            x = self.activation(spec["activation"], x)
        output = [self.weight(prefix + "output.weight"), self.weight(prefix + "output.bias")]
        self.node("Gemm", [x, *output], output="logits", transB=1)

    def model(self, metadata):
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 32, 32])
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])
        graph = helper.make_graph(self.nodes, "zoo", [image], [logits], self.initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="metanet-zoo")
        helper.set_model_props(model, {"metanet": json.dumps(metadata)})
        return model
