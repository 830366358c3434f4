"""Where the records of a journal lie: 16 bytes of memory per key, so that a million keys fit in 16 MB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MERGE = 2**16  # new keys that wait in a dictionary before they are sorted in
_NONE = -1  # offset of a key that has no record


class Offsets:
    """Maps hashes of keys to offsets in a file.

    Two keys may have one hash, however rarely: the caller compares the key that lies at the offset.
    """

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._hashes: NDArray[np.int64] = np.empty(0, np.int64)
        self._offsets: NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        self._merge()
        return len(self._hashes)

    def add(self, key: bytes, offset: int) -> None:
        """Remember where the record of a key begins; an earlier one is forgotten."""
        self._recent[hash(key)] = offset
        if len(self._recent) >= _MERGE:
            self._merge()

    def forget(self, key: bytes) -> None:
        """Remember that a key has no record."""
        self.add(key, _NONE)

    def find(self, key: bytes) -> int | None:
        """Return where the record of a key may begin; None if there is none."""
        code = hash(key)
        if code in self._recent:
            offset = self._recent[code]
            return None if offset == _NONE else offset
        place = int(self._hashes.searchsorted(code))
        if place < len(self._hashes) and self._hashes[place] == code:
            return int(self._offsets[place])
        return None

    def in_order(self) -> NDArray[np.int64]:
        """Return all offsets, ascending."""
        self._merge()
        return np.sort(self._offsets)

    def _merge(self) -> None:
        if not self._recent:
            return
        hashes = np.concatenate([self._hashes, np.fromiter(self._recent.keys(), np.int64, len(self._recent))])
        offsets = np.concatenate([self._offsets, np.fromiter(self._recent.values(), np.int64, len(self._recent))])
        order = np.argsort(hashes, kind="stable")
        last = order[np.append(hashes[order][1:] != hashes[order][:-1], True)]  # what was added last holds
        last = last[offsets[last] != _NONE]
        self._hashes, self._offsets = hashes[last], offsets[last]
        self._recent.clear()
