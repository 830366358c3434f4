"""Find colored JPEG files among the images that the classifier doubts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.outputs import Entry
from medcurate.curate.planes.table import UNKNOWN, Decisions, PlaneTable
from medcurate.errors import InputError
from medcurate.readers.raster import jpeg

SURE = 0.9
"""Confidence from which an image is not looked at again: screenshots and overlays rarely pass for a plain slice."""


_BATCH = 256


def doubtful(table: PlaneTable, decisions: Decisions) -> NDArray[np.intp]:
    """Return the rows that the classifier decided without being sure, or called ``unknown``."""
    unsure = (decisions.plane == UNKNOWN) | (decisions.confidence < SURE)
    return np.flatnonzero(table.undecided & table.described & unsure)


class ColorCheck:
    """Looks for color in doubtful originals as they pass by, a few hundred at a time.

    Looking for color costs as much as reading a JPEG, so `scan` leaves it out when it takes features.

    Parameters
    ----------
    rows : ndarray of int
        Rows of the catalogue, as `doubtful` returns them.
    threads : int
        The decoder releases Python's lock.

    Attributes
    ----------
    colored : set of int
        Rows whose original is a JPEG that shows color; complete after `finish`.
    """

    def __init__(self, rows: NDArray[np.intp], *, threads: int) -> None:
        self.colored: set[int] = set()
        self._rows = frozenset(rows.tolist())
        self._threads = threads
        self._waiting: list[Entry] = []

    def see(self, entry: Entry) -> None:
        """Take an original; look at it later if it is a doubtful one."""
        if entry.row in self._rows and entry.item is not None:
            self._waiting.append(entry)
            if len(self._waiting) >= _BATCH:
                self.finish()

    def finish(self) -> None:
        """Look at those that wait."""
        with ThreadPoolExecutor(self._threads) as pool:
            flags = pool.map(_shows, self._waiting)
            self.colored.update(entry.row for entry, flag in zip(self._waiting, flags, strict=True) if flag)
        self._waiting.clear()


def _shows(entry: Entry) -> bool:
    if entry.item is None:
        return False
    try:
        data = entry.item.blob().bytes()
    except (InputError, OSError):
        return False
    return jpeg.matches(data[:16]) and jpeg.has_color(data)
