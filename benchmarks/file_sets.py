"""Folders of as many files as wanted, no two of them equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_PER_FOLDER = 500
_COMMENT = b"\xff\xfe"


def repeat_jpegs(originals: Iterable[Path], out: Path, count: int) -> Path:
    """Write `count` JPEGs: the originals again and again, each with another comment segment.

    No two files have the same bytes, so that nothing can be skipped as a copy; the pixels are those of the originals.
    """
    contents = [path.read_bytes() for path in originals]
    for number, content in enumerate(islice(cycle(contents), count)):
        comment = f"copy {number}".encode()
        segment = _COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment
        _place(out, number, "jpg").write_bytes(content[:2] + segment + content[2:])
    return out


def repeat_dicoms(originals: Iterable[Path], out: Path, count: int) -> Path:
    """Write `count` DICOM files: the originals again and again, each with another preamble (bytes without meaning)."""
    contents = [path.read_bytes() for path in originals]
    for number, content in enumerate(islice(cycle(contents), count)):
        preamble = str(number).encode().ljust(128, b"\0")
        _place(out, number, "dcm").write_bytes(preamble + content[128:])
    return out


def small_images(out: Path, count: int, *, seed: int = 0) -> Path:
    """Write `count` small PNG and JPEG files, half of each, in nested folders; all of them different images."""
    bases = list(islice(_heads(np.random.default_rng(seed)), 200))
    for number in range(count):
        image = bases[number % len(bases)].copy()
        image[:16, :80] = _digits(number)
        suffix = ("png", "jpg")[number % 2]
        cv2.imwrite(str(_place(out, number, suffix)), image)
    return out


def _place(out: Path, number: int, suffix: str) -> Path:
    folder = out / f"patient{number // _PER_FOLDER:04d}" / f"series{number % _PER_FOLDER // 50:02d}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"image{number:06d}.{suffix}"


def _digits(number: int) -> NDArray[np.uint8]:
    """Draw a number below 2**20 in black and white blocks of 8 x 8 pixels: JPEG keeps them apart."""
    bits = np.array([number >> place & 1 for place in range(20)], np.uint8).reshape(2, 10)
    return np.kron(255 * bits, np.ones((8, 8), np.uint8))


def _heads(rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Draw blurred noise within an ellipse: not a brain, but as hard to compress and to describe."""
    while True:
        side = int(rng.integers(96, 160))
        texture = cv2.GaussianBlur(rng.normal(size=(side, side)).astype(np.float32), (0, 0), 3)
        texture = 120 + 60 * texture / float(np.abs(texture).max())
        mask = np.zeros((side, side), np.float32)
        axes = (int(side * rng.uniform(0.3, 0.45)), int(side * rng.uniform(0.3, 0.45)))
        cv2.ellipse(mask, (side // 2, side // 2), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        yield (texture * mask).astype(np.uint8)
