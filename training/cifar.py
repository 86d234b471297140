"""CIFAR-10 as uint8 arrays, from JPEG shards or from torchvision's download, decoded once and kept in a cache file.

Shapes: images [count, 32, 32, 3] uint8 (height, width, RGB), labels [count] int64.
"""

import io
import json
import os
import pickle
import struct
from pathlib import Path

import numpy as np
from PIL import Image

# Per-channel mean and standard deviation of the training images, in units of 0..1.
MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32)
STD = np.array([0.2470, 0.2435, 0.2616], np.float32)


def _read_shard(path):
    """One JSHARD1 file: 8 magic bytes, u32 header length, JSON header, JPEG payload."""
    data = path.read_bytes()
    if data[:8] != b"JSHARD1\n":
        raise ValueError(f"{path} is not a JSHARD1 file")
    (header_length,) = struct.unpack_from("<I", data, 8)
    header = json.loads(data[12 : 12 + header_length])
    base, offsets = 12 + header_length, header["offsets"]
    images = [
        np.asarray(Image.open(io.BytesIO(data[base + start : base + end])).convert("RGB"))
        for start, end in zip(offsets, offsets[1:])
    ]
    return np.stack(images), np.array([int(digit) for digit in header["labels"]], np.int64)


def _read_torchvision_batch(path):
    with open(path, "rb") as file:
        batch = pickle.load(file, encoding="bytes")
    images = np.asarray(batch[b"data"]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), np.array(batch[b"labels"], np.int64)


def load(folder, cache):
    """Returns (train_images, train_labels, test_images, test_labels).

    `folder` holds either train-*.jshard and test.jshard, or cifar-10-batches-py/ as torchvision leaves it.
    """
    cache = Path(cache)
    if not cache.exists():
        folder = Path(folder)
        shards = sorted(folder.glob("train-*.jshard"))
        if shards:
            train, test = [_read_shard(path) for path in shards], _read_shard(folder / "test.jshard")
        else:
            batches = folder / "cifar-10-batches-py"
            train = [_read_torchvision_batch(batches / f"data_batch_{k}") for k in range(1, 6)]
            test = _read_torchvision_batch(batches / "test_batch")
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary = cache.with_name(f"{cache.stem}.{os.getpid()}.npz")  # several workers may start at once
        np.savez(
            temporary,
            train_images=np.concatenate([images for images, _ in train]),
            train_labels=np.concatenate([labels for _, labels in train]),
            test_images=test[0],
            test_labels=test[1],
        )
        temporary.replace(cache)
    with np.load(cache) as arrays:
        return tuple(arrays[name] for name in ("train_images", "train_labels", "test_images", "test_labels"))
