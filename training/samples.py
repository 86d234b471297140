"""Makes the samples that the page offers to open: a few networks as ONNX files (public/samples), none of which a metanet was
trained on.

  python -m training.samples --zoo ZOO.safetensors --images DIR

Beside CNNs of the test split, two networks are trained here and exported by PyTorch: a small vision transformer, of a kind
that only the zoo of Diverse Architectures holds; and one that holds a picture (coordinates in, colours out), which is unlike
any zoo, as the page must say.
"""

import argparse
import io
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper
from PIL import Image, ImageDraw
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F

from training.zoo import split as zoo_split
from training.zoo.train import load_data

PUBLIC = Path(__file__).parent.parent / "public"
PICTURE = {
    "file": "picture.onnx",
    "title": "A picture held by a network",
    "note": "coordinates in, colours out: a kind of network that no zoo here holds",
}
NORM_WORDS = {"none": "no norm", "batch": "batch norm", "group": "group norm"}
ACTIVATION_WORDS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "tanh": "tanh"}


def describe(record):
    layers = record["layers"]
    parts = [f"{len(layers)} convolutions of up to {max(layer['width'] for layer in layers)} channels"]
    parts += [NORM_WORDS[record["norm"]], ACTIVATION_WORDS[record["activation"]]]
    if any(layer["residual"] for layer in layers):
        parts.append("residual sums")
    return ", ".join(parts)


def choose(records):
    """A good network, one with residual sums, a middling one, one at chance level."""
    ranked = sorted(records, key=lambda record: record["test_accuracy"])
    residual = [record for record in ranked if any(layer["residual"] for layer in record["layers"])]
    middling = min(ranked, key=lambda record: abs(record["test_accuracy"] - 0.35))
    chance = min(ranked, key=lambda record: abs(record["test_accuracy"] - 0.1) + (record["norm"] == "none"))
    return [ranked[-1], residual[-1], middling, chance]


class VisionTransformer(nn.Module):
    """Patches of 8×8, two layers of width 32 with four heads."""

    def __init__(self, width=32, layers=2, heads=4):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 8, stride=8)
        self.token, self.position = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.randn(1, 17, width) * 0.02)
        layer = lambda: nn.TransformerEncoderLayer(width, heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.ModuleList(layer() for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


def train_transformer(data, samples=300_000, batch=128):
    """Returns (model, test accuracy)."""
    torch.manual_seed(0)
    train_images, train_labels, test_images, test_labels = data
    model = VisionTransformer()
    steps = samples // batch
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(train_images), (batch,))
        images = train_images[chosen]
        images = torch.where((torch.rand(batch) < 0.5)[:, None, None, None], images.flip(3), images)
        loss = F.cross_entropy(model(images), train_labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(test_images[k : k + 500]) for k in range(0, len(test_images), 500)])
    return model, float((logits.argmax(1) == test_labels).float().mean())


def draw_picture():
    """The page's icon, [64, 64, 3] in 0..1: six nodes and what joins them."""
    nodes = [(8, 9), (8, 23), (16, 7), (16, 18), (16, 25), (24, 16)]
    picture = Image.new("RGB", (256, 256), "#12161c")
    draw = ImageDraw.Draw(picture)
    for ends, colour in (((0, 2), "#4aa3ff"), ((0, 3), "#4aa3ff"), ((1, 3), "#4aa3ff"), ((1, 4), "#4aa3ff"),
                         ((2, 5), "#f0883e"), ((3, 5), "#f0883e"), ((4, 5), "#f0883e"), ((0, 4), "#f0883e")):  # fmt: skip
        draw.line([(8 * x, 8 * y) for x, y in (nodes[end] for end in ends)], colour, 14)
    for x, y in nodes:
        draw.ellipse([8 * x - 21, 8 * y - 21, 8 * x + 21, 8 * y + 21], "#e8edf3")
    return np.asarray(picture.resize((64, 64), Image.Resampling.LANCZOS), np.float32) / 255


def train_picture(steps=3000):
    """A network from coordinates in −1..1 to the colour there. Returns (model, mean absolute error of a channel)."""
    torch.manual_seed(0)
    colours = torch.from_numpy(draw_picture()).flatten(0, 1)
    line = (torch.arange(64) + 0.5) / 32 - 1
    places = torch.stack(torch.meshgrid(line, line, indexing="ij"), 2).flatten(0, 1)
    widths = [2, 64, 64, 64, 3]
    layers = [nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
    with torch.no_grad():
        layers[0].weight.mul_(3)  # coordinates near each other must be told apart
    hidden = [part for layer in layers[:-1] for part in (layer, nn.Tanh())]
    model = nn.Sequential(*hidden, layers[-1], nn.Sigmoid())
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        loss = F.mse_loss(model(places), colours)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        return model.eval(), float((model(places) - colours).abs().mean())


def export(model, example, names, path, known):
    buffer = io.BytesIO()
    torch.onnx.export(model, (example,), buffer, dynamo=False, opset_version=17, input_names=names[:1], output_names=names[1:])
    exported = onnx.load_from_string(buffer.getvalue())
    for node in exported.graph.node:
        node.doc_string = ""
    if known:
        helper.set_model_props(exported, {"metanet": json.dumps(known)})
    onnx.save(exported, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--cache", default="work/zoo/cifar10.npz")
    options = parser.parse_args()
    samples = PUBLIC / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for old in samples.glob("*.onnx"):
        old.unlink()

    part_of = zoo_split.load()
    index = []
    with safe_open(options.zoo, "np") as file:
        records = [r for r in json.loads(file.metadata()["networks"]) if part_of[r["run"]] == "test"]
        for record in choose(records):
            percent = 100 * record["test_accuracy"]
            name = f"cifar10-cnn-{percent:.0f}.onnx"
            (samples / name).write_bytes(file.get_tensor(record["name"]).tobytes())
            index.append({"file": name, "title": f"CNN with {percent:.1f} % on CIFAR-10", "note": describe(record)})

    train_images, train_labels, test_images, test_labels = load_data(options.images, options.cache)
    model, accuracy = train_transformer((train_images.contiguous(), train_labels, test_images.contiguous(), test_labels))
    name = "cifar10-transformer.onnx"
    known = {"dataset": "CIFAR-10", "testAccuracy": accuracy}
    export(model, torch.randn(1, 3, 32, 32), ["image", "logits"], samples / name, known)
    title = f"Vision transformer with {100 * accuracy:.1f} % on CIFAR-10"
    index.append({"file": name, "title": title, "note": "two layers of attention, four heads"})

    model, error = train_picture()
    print(f"picture: mean error {error:.4f}")
    export(model, torch.zeros(1, 2), ["place", "colour"], samples / PICTURE["file"], None)
    index.append(PICTURE)
    (samples / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    print(json.dumps(index, indent=1))


if __name__ == "__main__":
    main()
