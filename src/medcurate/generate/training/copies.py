"""Copies among training images, and between these and other splits."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME as CATALOGUE
from medcurate.dataset import Dataset

NEAR = 2.0
"""Largest root mean square difference of two small pictures that look the same (gray values of 255)."""
MOST = 4096
"""Images that are searched for near copies; of more, some spread evenly."""
_SIDE = 16
_BLOCK = 512


def copy_groups(images: NDArray[Any]) -> tuple[Counter[bytes], int]:
    """Find copies among the images of a training.

    Near copies are looked for among pictures of 16 x 16 pixels. In sets whose copies are known, a difference of 2 gray
    values separates them: different images differ by 6 or more.

    Parameters
    ----------
    images : ndarray, shape (n, *spatial, channels)
        uint8, uint16, or float in [-1, 1].

    Returns
    -------
    exact : Counter of bytes
        Digest of the pixels to the number of images that have them.
    near : int
        Of the different images, those that have a near copy among the others. Always 0 for volumes.
    """
    digests = [hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest() for image in images]
    exact = Counter(digests)
    if images.ndim != 4:
        return exact, 0
    first = {digest: row for row, digest in reversed(list(enumerate(digests)))}
    rows = np.array(sorted(first.values()))
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, MOST).astype(int))] if len(rows) > MOST else rows
    return exact, int(_have_near(np.stack([_small(images[row]) for row in chosen])).sum())


def _small(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return a picture of 16 x 16 pixels and all channels, in gray values of 255, as a vector."""
    kind = image.dtype
    scale, shift = (255 / np.iinfo(kind).max, 0.0) if kind.kind == "u" else (127.5, 127.5)
    channels = np.moveaxis(image.astype(np.float32), -1, 0)
    small = [cv2.resize(np.ascontiguousarray(one), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for one in channels]
    return np.asarray(np.stack(small).reshape(-1) * scale + shift, np.float32)


def _have_near(small: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say which pictures have another one within `NEAR`; a block of them at a time is compared with all."""
    squares = (small.astype(np.float64) ** 2).sum(axis=1)
    found = np.zeros(len(small), bool)
    for at in range(0, len(small), _BLOCK):
        some = small[at : at + _BLOCK]
        distance = squares[at : at + _BLOCK, None] + squares - 2 * (some @ small.T).astype(np.float64)
        own = np.arange(len(some))
        distance[own, at + own] = np.inf
        found[at : at + _BLOCK] = distance.min(axis=1) <= NEAR**2 * small.shape[1]
    return found


def copies_between_splits(dataset: Dataset, trained: pa.Table) -> dict[str, list[str]]:
    """Return the images of other splits that are trained on as well, by split.

    In a dataset folder, images with equal pixels have one ``image_id``. In a plain folder, files are compared, and only
    those of a size that a training file has are read; one that cannot be read counts as different.

    Parameters
    ----------
    dataset : Dataset
        All splits.
    trained : Table
        Rows of the training images.

    Returns
    -------
    dict of str to list of str
        Split to the paths of its copies; splits without any are not in it.
    """
    used = set(trained.column("path").to_pylist())
    columns = (dataset.rows.column(name).to_pylist() for name in ("path", "image_id", "split"))
    others = [line for line in zip(*columns, strict=True) if line[0] not in used and line[2] is not None]
    if (dataset.folder / CATALOGUE).exists():
        ids = set(trained.column("image_id").to_pylist())
        copies = [(path, split) for path, image_id, split in others if image_id in ids]
    else:
        known = _contents(dataset.folder, sorted(used), None)
        found = _contents(dataset.folder, [path for path, _, _ in others], {size for size, _ in known.values()})
        contents = set(known.values())
        copies = [(path, split) for path, _, split in others if found.get(path) in contents]
    by_split: dict[str, list[str]] = {}
    for path, split in copies:
        by_split.setdefault(split, []).append(path)
    return by_split


def _contents(folder: Path, paths: list[str], sizes: set[int] | None) -> dict[str, tuple[int, bytes]]:
    """Return size and SHA-256 of files, of those alone that have one of these sizes."""
    found = {}
    for path in paths:
        try:
            size = (folder / path).stat().st_size
            if sizes is None or size in sizes:
                with (folder / path).open("rb") as stream:
                    found[path] = size, hashlib.file_digest(stream, "sha256").digest()
        except OSError:
            continue
    return found
