"""A zoo network as an ONNX file: float16 weights behind a Cast each, so that the file is small and any runtime can run it.

The metadata entry `metanet` holds, as JSON, what is known of the network: data set, test accuracy, samples seen, run.
"""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 21  # the first with a GroupNormalization whose scale and shift are per channel
IR_VERSION = 10


class Builder:
    def __init__(self, state):
        self.state, self.nodes, self.initializers, self.count = state, [], [], 0

    def node(self, kind, inputs, name=None, **attributes):
        self.count += 1
        output = name or f"t{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, name):
        value = np.asarray(self.state[name])
        if value.dtype == np.float16:
            self.initializers.append(numpy_helper.from_array(value, name))
            return self.node("Cast", [name], to=TensorProto.FLOAT)
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def activation(self, kind, x):
        if kind == "silu":
            return self.node("Mul", [x, self.node("Sigmoid", [x])])
        operator = {"relu": "Relu", "gelu": "Gelu", "leaky_relu": "LeakyRelu", "elu": "Elu", "tanh": "Tanh"}[kind]
        return self.node(operator, [x], **({"alpha": 0.1} if kind == "leaky_relu" else {}))

    def model(self, inputs, outputs, metadata):
        graph = helper.make_graph(self.nodes, "zoo", inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="metanet-zoo")
        helper.set_model_props(model, {"metanet": json.dumps(metadata)})
        return model


def varying_cnn(spec, state, metadata):
    """`state`: name → array, as VaryingCnn.state_dict() names them. Returns the ONNX model."""
    b, x = Builder(state), "image"
    for index, layer in enumerate(spec["layers"]):
        prefix, kernel, identity = f"blocks.{index}.", layer["kernel"], x
        inputs = [x, b.weight(prefix + "conv.weight")]
        if spec["conv_bias"]:
            inputs.append(b.weight(prefix + "conv.bias"))
        x = b.node(
            "Conv", inputs, kernel_shape=[kernel] * 2, strides=[layer["stride"]] * 2, pads=[kernel // 2] * 4
        )
        norm = [prefix + "norm." + part for part in ("weight", "bias", "running_mean", "running_var")]
        if spec["norm"] == "batch":
            x = b.node("BatchNormalization", [x, *map(b.weight, norm)], epsilon=1e-5)
        elif spec["norm"] == "group":
            parameters = [b.weight(name) for name in norm[:2]]
            x = b.node("GroupNormalization", [x, *parameters], num_groups=spec["norm_groups"], epsilon=1e-5)
        x = b.activation(spec["activation"], x)
        if layer["residual"]:
            x = b.node("Add", [x, identity])
        if layer["pool"] != "none":
            x = b.node({"max": "MaxPool", "avg": "AveragePool"}[layer["pool"]], [x], kernel_shape=[2, 2], strides=[2, 2])
    if spec["head"] != "flatten":
        x = b.node({"average": "GlobalAveragePool", "max": "GlobalMaxPool"}[spec["head"]], [x])
    x = b.node("Flatten", [x])
    if spec["hidden"]:
        x = b.node("Gemm", [x, b.weight("hidden.weight"), b.weight("hidden.bias")], transB=1)
        x = b.activation(spec["activation"], x)
    b.node("Gemm", [x, b.weight("output.weight"), b.weight("output.bias")], name="logits", transB=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 32, 32])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])
    return b.model([image], [logits], metadata)
