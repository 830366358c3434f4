"""Read some originals again, each once: to detect color in uncertain ones, and to show others on the sheets."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.outputs import Entry
from medcurate.curate.planes.table import UNKNOWN, Decisions, PlaneTable
from medcurate.curate.review.contact_sheet import TILE
from medcurate.curate.review.thumbnails import Thumbnail, View, file_thumbnails
from medcurate.curate.sources.inputs import Item
from medcurate.errors import InputError
from medcurate.readers.options import ReadOptions
from medcurate.readers.raster import jpeg

SURE = 0.9
"""Confidence from which an image is not checked again: screenshots and overlays are rarely mistaken for slices."""

_BATCH = 256  # entries


def doubtful(table: PlaneTable, decisions: Decisions) -> NDArray[np.intp]:
    """Return the rows that the classifier decided with low confidence, or called ``unknown``."""
    unsure = (decisions.plane == UNKNOWN) | (decisions.confidence < SURE)
    return np.flatnonzero(table.undecided & table.described & unsure)


class SecondLook:
    """Receives the entries of all images, and reads the files of some, a few hundred at a time.

    Detecting color takes as long as reading a JPEG, so `scan` skips it when it computes features.

    Parameters
    ----------
    doubtful : collection of int
        Rows to check for color, from `doubtful`.
    shown : collection of int
        Rows on a contact sheet.
    threads : int
        Decoders release Python's lock.

    Attributes
    ----------
    entries : dict of int to Entry
        Entries of the shown rows so far.
    thumbnails : dict of int to ndarray
        Thumbnails of the shown rows that can still be read.
    """

    def __init__(
        self, doubtful: Collection[int], shown: Collection[int], options: ReadOptions, *, threads: int
    ) -> None:
        self.entries: dict[int, Entry] = {}
        self.thumbnails: dict[int, Thumbnail] = {}
        self._doubtful = frozenset(doubtful)
        self._shown = frozenset(shown)
        self._options = options
        self._threads = threads
        self._waiting: list[Entry] = []
        self._colored: set[int] = set()

    def see(self, entry: Entry) -> None:
        """Add an entry; its file is read later if needed."""
        if entry.row in self._shown:
            self.entries[entry.row] = entry
        if entry.item is not None and (entry.row in self._shown or self._may_be_colored(entry)):
            self._waiting.append(entry)
            if len(self._waiting) >= _BATCH:
                self._look()

    def finish_part(self) -> set[int]:
        """Read the waiting files, and return the uncertain rows since the last call whose original shows color."""
        self._look()
        colored, self._colored = self._colored, set()
        return colored

    def _may_be_colored(self, entry: Entry) -> bool:
        return entry.format == "jpeg" and entry.row in self._doubtful

    def _look(self) -> None:
        files: dict[Item, list[Entry]] = {}
        for entry in self._waiting:
            if entry.item is not None:
                files.setdefault(entry.item, []).append(entry)
        self._waiting.clear()
        with ThreadPoolExecutor(self._threads) as pool:
            for colored, thumbnails in pool.map(self._open, files, files.values()):
                self._colored |= colored
                self.thumbnails |= thumbnails

    def _open(self, item: Item, entries: list[Entry]) -> tuple[set[int], dict[int, Thumbnail]]:
        """Return the colored rows of one file, and thumbnails of its shown rows."""
        shown = {View(item, entry.frame, entry.depth): entry.row for entry in entries if entry.row in self._shown}
        colored: set[int] = set()
        blob = item.blob()
        try:
            if entries[0].format == "jpeg":  # in memory, because it is read several times
                content = blob.bytes()
                blob = replace(blob, opener=partial(BytesIO, content), path=None)
                if self._may_be_colored(entries[0]) and jpeg.matches(content[:16]) and jpeg.has_color(content):
                    colored.add(entries[0].row)
            views = file_thumbnails(blob, list(shown), TILE, self._options) if shown else []
            return colored, {shown[view]: small for view, small in views}
        except (InputError, OSError):
            return colored, {}
