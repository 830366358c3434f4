"""Find colored JPEG files among the images that the classifier doubts."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.plane_outputs import Entry
from medcurate.curate.plane_table import UNKNOWN, Decisions, PlaneTable
from medcurate.curate.readers import jpeg
from medcurate.errors import InputError

SURE = 0.9
"""Confidence from which an image is not looked at again: screenshots and overlays rarely pass for a plain slice."""


def doubtful(table: PlaneTable, decisions: Decisions) -> NDArray[np.intp]:
    """Return the rows that the classifier decided without being sure, or called ``unknown``."""
    unsure = (decisions.plane == UNKNOWN) | (decisions.confidence < SURE)
    return np.flatnonzero(table.undecided & table.described & unsure)


def colored(rows: NDArray[np.intp], entries: Mapping[int, Entry], *, threads: int) -> frozenset[int]:
    """Return those of the rows whose original is a JPEG that shows color.

    Looking for color costs as much as reading a JPEG, so `scan` leaves it out when it takes features.

    Parameters
    ----------
    rows : ndarray of int
        Rows of the catalogue, as `doubtful` returns them.
    entries : mapping of int to Entry
        Where the originals are.
    threads : int
        The decoder releases Python's lock.
    """

    def shows(row: int) -> bool:
        entry = entries.get(row)
        if entry is None or entry.item is None:
            return False
        try:
            data = entry.item.blob().bytes()
        except (InputError, OSError):
            return False
        return jpeg.matches(data[:16]) and jpeg.has_color(data)

    with ThreadPoolExecutor(threads) as pool:
        flags = list(pool.map(shows, rows.tolist()))
    return frozenset(row for row, flag in zip(rows.tolist(), flags, strict=True) if flag)
