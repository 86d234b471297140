"""Ten-class pictures that are not CIFAR-10's, of the same size, to train networks on that a metanet must not take for the zoo's:
rendered digits, rendered shapes, gratings, and CIFAR-10 with its pixels in another order.

Each function: (count, seed) → uint8 [count, 32, 32, 3] and int64 labels [count].
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 32
NOISE = 12
LEAST_CONTRAST = 250  # of the sum of the three channels


def _colours(rng):
    """Light on dark: of pictures that are too hard networks learn nothing, and such the zoo has, too."""
    while True:
        ink, paper = rng.integers(0, 256, (2, 3))
        if int(ink.sum()) - int(paper.sum()) > LEAST_CONTRAST:
            return tuple(map(int, ink)), tuple(map(int, paper))


def _finish(canvas, rng):
    """Noise, as every picture taken has it."""
    return np.clip(np.asarray(canvas, float) + rng.normal(0, NOISE, (SIZE, SIZE, 3)), 0, 255)


def _rendered(count, seed, draw):
    """`draw(canvas, label, ink, rng)` draws one picture."""
    rng = np.random.default_rng(seed)
    images, labels = np.empty((count, SIZE, SIZE, 3), np.uint8), rng.integers(0, 10, count)
    for index, label in enumerate(labels):
        ink, paper = _colours(rng)
        canvas = Image.new("RGB", (SIZE, SIZE), paper)
        draw(ImageDraw.Draw(canvas), int(label), ink, rng)
        images[index] = _finish(canvas.rotate(float(rng.uniform(-20, 20)), fillcolor=paper), rng)
    return images, labels.astype(np.int64)


def digits(count, seed):
    def draw(canvas, label, ink, rng):
        font = ImageFont.load_default(size=float(rng.uniform(22, 30)))
        canvas.text(tuple(rng.uniform(13, 19, 2)), str(label), ink, font, anchor="mm")

    return _rendered(count, seed, draw)


def shapes(count, seed):
    """Polygons of 3 to 7 corners, filled or as outlines."""

    def draw(canvas, label, ink, rng):
        corners, is_filled = 3 + label % 5, label < 5
        x, y = rng.uniform(13, 19, 2)
        circle = (float(x), float(y), float(rng.uniform(9, 13)))
        canvas.regular_polygon(
            circle, corners, float(rng.uniform(0, 360)), fill=ink if is_filled else None, outline=ink, width=2
        )

    return _rendered(count, seed, draw)


def gratings(count, seed):
    """Waves of five directions and two lengths, in random colours and phases."""
    rng = np.random.default_rng(seed)
    images, labels = np.empty((count, SIZE, SIZE, 3), np.uint8), rng.integers(0, 10, count)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    for index, label in enumerate(labels):
        angle = (label % 5 + rng.uniform(-0.3, 0.3)) * np.pi / 5
        length = rng.uniform(4, 6) if label < 5 else rng.uniform(9, 14)
        wave = np.sin(2 * np.pi * (rows * np.sin(angle) + columns * np.cos(angle)) / length + rng.uniform(0, 2 * np.pi))
        ink, paper = (np.array(colour) for colour in _colours(rng))
        images[index] = _finish(paper + (wave[..., None] + 1) / 2 * (ink - paper), rng)
    return images, labels.astype(np.int64)


def moved_pixels(images, seed):
    """The same pictures with their pixels in another order, one for all."""
    order = np.random.default_rng(seed).permutation(SIZE * SIZE)
    # Unlike an index, `take` leaves the pictures one after the other in memory; training on them is five times as fast.
    return images.reshape(-1, SIZE * SIZE, 3).take(order, 1).reshape(-1, SIZE, SIZE, 3)
