"""Arrays of many rows in a journal: appended in batches, found by a 64-bit number, read a few rows at a time.

A batch is one value per column, under the keys ``0/id``, ``0/NAME``, ``1/id``, ... The ids are put last: a batch
without them does not count, and its number is used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.journal.store import Journal

_ID = np.dtype("<u8")
_WHOLE = 4  # a column of a batch is read as a whole where more than one row in so many is wanted


class Columns:
    """Columns of fixed type, one row per id.

    Parameters
    ----------
    journal : Journal
        It holds nothing else.
    columns : mapping of str to dtype
        Of one row: a type, or a type and a shape such as ``np.dtype(("u1", (96, 96)))``.
    """

    def __init__(self, journal: Journal, columns: Mapping[str, np.dtype[Any]]) -> None:
        self._journal = journal
        self._columns = dict(columns)
        self._batches: list[str] = []
        self._starts = [0]
        self.ids: NDArray[np.uint64] = np.empty(0, np.uint64)
        """The id of each row, in the order of the journal."""
        keys = set(journal)
        for key in journal:
            batch, _, name = key.decode().partition("/")
            if name == "id" and all(_key(batch, column) in keys for column in self._columns):
                self._take(batch, np.frombuffer(journal.get(key) or b"", _ID))

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, ids: NDArray[np.uint64], **columns: NDArray[Any]) -> None:
        """Add rows.

        Parameters
        ----------
        ids : ndarray of uint64, shape (n,)
        **columns
            Each column by its name, n rows.

        Raises
        ------
        OutputError
            The disk refuses.
        """
        number = next(
            number for number in map(str, count(len(self._batches))) if _key(number, "id") not in self._journal
        )
        for name, dtype in self._columns.items():
            rows = np.ascontiguousarray(columns[name], dtype.base).reshape(len(ids), *dtype.shape)
            self._journal.put(_key(number, name), rows.tobytes())
        self._journal.put(_key(number, "id"), np.ascontiguousarray(ids, _ID).tobytes())
        self._take(number, np.array(ids, np.uint64))

    def places(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the row of each id, -1 where there is none; of several rows with one id, the first."""
        order = np.argsort(self.ids, kind="stable")
        known = self.ids[order]
        at = np.searchsorted(known, wanted)
        place = np.full(len(wanted), -1, np.int64)
        inside = np.flatnonzero(at < len(known))
        hit = inside[known[at[inside]] == wanted[inside]]
        place[hit] = order[at[hit]]
        return place

    def read(self, name: str, places: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Return rows of a column, in the order asked for.

        Parameters
        ----------
        name : str
        places : ndarray of int64, shape (m,)
            Numbers of rows.

        Returns
        -------
        ndarray, shape (m, ...)
        """
        dtype = self._columns[name]
        out = np.empty((len(places), *dtype.shape), dtype.base)
        batch_of = np.searchsorted(self._starts, places, side="right") - 1
        for batch in np.unique(batch_of):
            here = np.flatnonzero(batch_of == batch)
            out[here] = self._rows(int(batch), name, places[here] - self._starts[batch])
        return out

    def batches(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the rows of a column, a batch at a time."""
        for batch in range(len(self._batches)):
            yield self._whole(batch, name)

    def _rows(self, batch: int, name: str, rows: NDArray[np.integer[Any]]) -> NDArray[Any]:
        dtype, size = self._columns[name], self._starts[batch + 1] - self._starts[batch]
        if len(rows) * _WHOLE > size:
            return np.asarray(self._whole(batch, name)[rows])
        key, step = _key(self._batches[batch], name), dtype.itemsize
        content = b"".join(self._journal.part(key, row * step, (row + 1) * step) for row in rows.tolist())
        return np.frombuffer(content, dtype.base).reshape(len(rows), *dtype.shape)

    def _whole(self, batch: int, name: str) -> NDArray[Any]:
        key, dtype = _key(self._batches[batch], name), self._columns[name]
        content = self._journal.part(key, 0, self._journal.length(key) or 0)
        return np.frombuffer(content, dtype.base).reshape(-1, *dtype.shape)

    def _take(self, batch: str, ids: NDArray[np.uint64]) -> None:
        self._batches.append(batch)
        self._starts.append(self._starts[-1] + len(ids))
        self.ids = np.concatenate([self.ids, ids.astype(np.uint64)])


def _key(batch: str, name: str) -> bytes:
    return f"{batch}/{name}".encode()
