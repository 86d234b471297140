"""PyTorch on one thread as a peer of the engines: reads the graph and the checkpoint, then runs once for every line it is given
and answers with a line of JSON: milliseconds and outputs.

  python bench/engines/torch_engine.py GRAPH.safetensors CHECKPOINT.safetensors
"""

import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))
from training.metanets.checkpoint import load_model, read_checkpoint  # noqa: E402
from training.metanets.data import Graphs  # noqa: E402

torch.set_num_threads(1)
graph_path, checkpoint_path = sys.argv[1:]
graphs = Graphs(graph_path)
model = load_model(*read_checkpoint(checkpoint_path), graphs)
batch = graphs.batch([0])
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        outputs, _ = model(batch)
    milliseconds = 1000 * (time.perf_counter() - start)
    print(json.dumps({"milliseconds": milliseconds, "outputs": outputs[0].tolist()}), flush=True)
