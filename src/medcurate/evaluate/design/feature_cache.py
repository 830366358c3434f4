"""Features of images, encoded once: the parts of a run share them, and a journal keeps them for the next run."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.journal.store import Journal

Features = NDArray[np.float32]


class FeatureCache:
    """Features by what they depend on.

    Parameters
    ----------
    journal : Journal, optional
        Keeps features across runs. Features of earlier runs that this run does not ask for are removed from it once
        new ones are kept. Without a journal, features are kept in memory alone.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._found: dict[bytes, Features] = {}

    def get(self, encode: Callable[[], Features], **depends_on: Any) -> Features:
        """Return features, and encode images only where nobody has done so before.

        Parameters
        ----------
        encode : callable
            Returns the features, shape (n, d).
        **depends_on
            Everything that decides the features, as JSON knows it: digests of images, encoder, size, seed.
        """
        key = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).digest()
        if key not in self._found:
            kept = self._kept(key)
            self._found[key] = encode() if kept is None else kept
            if kept is None and self._journal is not None:
                self._journal.put(key, _content(self._found[key]))
                self._journal.prune(self._found.keys())
        return self._found[key]

    def _kept(self, key: bytes) -> Features | None:
        content = None if self._journal is None else self._journal.get(key)
        return None if content is None else np.load(io.BytesIO(content), allow_pickle=False)


def _content(features: Features) -> memoryview:
    stream = io.BytesIO()
    np.save(stream, features, allow_pickle=False)
    return stream.getbuffer()
