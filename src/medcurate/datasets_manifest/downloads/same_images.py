"""Find images that several sources contain, by the IDs in the catalogue (for rule L9)."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_KEYS = ("image_id", "original_id", "duplicate_of")


class SameImages:
    """Collects the IDs of rows (30 bytes each) and finds images in several sources.

    An image has the IDs of its present pixels, of its original, and of the image that it duplicates. Rows that share
    one of them hold the same image.
    """

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._rows: list[tuple[NDArray[np.uint64], ...]] = []
        self._sources: list[NDArray[np.int32]] = []
        self._kept: list[NDArray[np.bool_]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows of a catalogue, with the ID columns, ``source``, ``kind`` and ``status``.

        Dropped rows are copies, too. Masks are left out, because different images may have equal masks.
        """
        batch = batch.filter(pc.fill_null(pc.not_equal(batch.column("kind"), "mask"), True))
        sources = batch.column("source").to_pylist()
        codes = [self._names.setdefault(name or "unknown", len(self._names)) for name in sources]
        self._sources.append(np.array(codes, np.int32))
        self._kept.append(pc.fill_null(pc.equal(batch.column("status"), "kept"), False).to_numpy(zero_copy_only=False))
        self._rows.append(tuple(_numbers(batch.column(name)) for name in _KEYS))

    def found(self) -> dict[tuple[str, ...], int]:
        """Map each sorted set of sources to the number of images in all of them, of which a copy is kept."""
        if len(self._names) < 2:
            return {}
        image, original, copied = (np.concatenate(parts) for parts in zip(*self._rows, strict=True))
        source, kept = np.concatenate(self._sources), np.concatenate(self._kept)
        content = _contents(image, original, copied)
        has_kept = np.zeros(content.max(initial=0) + 1, bool)
        has_kept[content[kept]] = True
        pairs = np.unique(np.stack([content, source]), axis=1)
        pairs = pairs[:, has_kept[pairs[0]]]
        starts = np.flatnonzero(np.diff(pairs[0], prepend=-1))
        names = list(self._names)
        counts: Counter[tuple[str, ...]] = Counter()
        several = np.flatnonzero(np.diff(starts, append=pairs.shape[1]) > 1)
        for group in several.tolist():
            end = starts[group + 1] if group + 1 < len(starts) else pairs.shape[1]
            counts[tuple(sorted(names[code] for code in pairs[1, starts[group] : end]))] += 1
        return dict(sorted(counts.items()))


def _contents(*keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return a component number per row; rows that share a key, directly or through others, have the same."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names, index = np.unique(np.concatenate(keys), return_inverse=True)
    first, *others = np.split(index.reshape(-1), len(keys))
    start, end = np.concatenate([first] * len(others)), np.concatenate(others)
    real = (np.concatenate(keys[1:]) != 0) & (names[start] != 0)
    edges = (np.ones(int(real.sum()), bool), (start[real], end[real]))
    _, label = connected_components(coo_matrix(edges, shape=(len(names), len(names))), directed=False)
    content = np.asarray(label, np.int64)[first]
    unknown = np.flatnonzero(keys[0] == 0)
    content[unknown] = len(names) + unknown  # rows without an ID are not copies
    return content


def _numbers(column: pa.Array) -> NDArray[np.uint64]:
    """Return IDs as numbers, 0 for none."""
    texts = [text or "" for text in column.to_pylist()]
    if all(len(text) in (0, 16) for text in texts):
        try:
            content = bytes.fromhex("".join(text or "0" * 16 for text in texts))
            return np.frombuffer(content, ">u8").astype(np.uint64)
        except ValueError:
            pass
    return np.array([_number(text) for text in texts], np.uint64)


def _number(text: str) -> int:
    """Return one ID as a number; other text than 16 hex digits is digested first."""
    try:
        if len(text) in (0, 16):
            return int(text or "0", 16)
    except ValueError:
        pass
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
