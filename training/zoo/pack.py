"""Packs the runs of a zoo into one file: safetensors whose tensors are ONNX files (U8), one per network, named by its kind
("run" in the zoo that has but one; before it its population, "wide" or "edited"), run and checkpoint.

  python -m training.zoo.pack --runs DIR --first 0 --last 500 --out FILE.safetensors

The metadata entry `zoo` is the zoo's name, `networks` a JSON list, in the order of the tensors: name, run, accuracies, hyper-parameters;
`seconds` what the runs took, of processor time, where they say so.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from safetensors import safe_open
from safetensors.numpy import save_file

from training.zoo.to_onnx import to_onnx


def read_run(path):
    """(spec, checkpoint records, list of states)"""
    with safe_open(path, "np") as file:
        metadata = file.metadata()
        spec, records = json.loads(metadata["spec"]), json.loads(metadata["checkpoints"])
        states = [
            {name.split("/", 1)[1]: file.get_tensor(name) for name in file.keys() if name.startswith(f"{k}/")}
            for k in range(len(records))
        ]
    return spec, records, states


def read_state(pack, name):
    """The float16 state of a network in an open pack."""
    graph = onnx.load_from_string(pack.get_tensor(name).tobytes()).graph
    return {part.name: numpy_helper.to_array(part) for part in graph.initializer if part.data_type == TensorProto.FLOAT16}


def seconds_of(path):
    """Processor time that a run, or all of a pack, took; 0 where the file does not say."""
    with safe_open(path, "np") as file:
        return float(file.metadata().get("seconds", 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", required=True, help="folder of one population, as training.zoo.train leaves it")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    tensors, networks, zoo, seconds = {}, [], None, 0.0
    for run in range(arguments.first, arguments.last):
        path = Path(arguments.runs) / f"{run:06d}.safetensors"
        if not path.exists():
            continue
        spec, records, states = read_run(path)
        seconds += seconds_of(path)
        zoo = "diverse" if "kind" in spec else "varying-cnns"
        population = [] if spec["population"] == "in_distribution" else [spec["population"]]
        words = population + ([spec["kind"]] if "kind" in spec else [])
        prefix = "-".join(words) or "run"
        for index, (record, state) in enumerate(zip(records, states)):
            name = f"{prefix}{run:05d}-{index}.onnx"
            known = {
                "dataset": "CIFAR-10",
                "testAccuracy": record["test_accuracy"],
                "run": run,
                "samplesSeen": record["samples_seen"],
            }
            tensors[name] = np.frombuffer(to_onnx(spec, state, known).SerializeToString(), np.uint8)
            networks.append({"name": name, **record, **spec})
    networks.sort(key=lambda network: network["name"])
    save_file(tensors, arguments.out, {"zoo": zoo, "networks": json.dumps(networks), "seconds": f"{seconds:.0f}"})
    print(f"{len(networks)} networks, {Path(arguments.out).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
