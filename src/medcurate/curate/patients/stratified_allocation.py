"""Allocate whole groups to balanced parts: large groups first, each to the part furthest below its target.

scikit-learn's ``StratifiedGroupKFold`` does this for folds of equal size and one label; here parts may have any size,
and several strata are balanced at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TOTAL_WEIGHT = 4.0  # weight of the size of a part, compared with one stratum: users request sizes


def allocate(
    group: NDArray[np.int64],
    strata: Sequence[NDArray[np.int64]],
    shares: NDArray[np.float64],
    rank: NDArray[np.int64],
    fixed: NDArray[np.int8] | None = None,
) -> NDArray[np.int8]:
    """Assign each group to a part.

    Large groups come first, each to the part for which the chi-square distance between actual and target counts of all
    strata grows least. Groups of one row then fill the deficits of their combination of strata. Strata too small to be
    in every part have little weight.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Index of each row's group, 0 to k - 1, none empty.
    strata : sequence of ndarray of int64, each of shape (n,)
        Codes from 0.
    shares : ndarray, shape (s,)
        Target fraction of the rows per part; positive, sum 1.
    rank : ndarray of int64, shape (k,)
        Order of groups of equal size; a permutation.
    fixed : ndarray of int8, shape (k,), optional
        Given parts of groups, -1 for groups without one.

    Returns
    -------
    ndarray of int8, shape (k,)
    """
    table = _tabulate(group, strata, len(rank))
    parts = np.full(len(rank), -1, np.int8) if fixed is None else fixed.astype(np.int8)
    filling = _Filling(table, np.asarray(shares, np.float64))
    for number in np.flatnonzero(parts >= 0).tolist():
        filling.add(number, int(parts[number]))
    single = (table.size == 1) & (parts < 0)
    order = np.lexsort((rank, -table.size))
    _one_by_one(order[(parts[order] < 0) & ~single[order]], filling, parts)
    rest = _fill_cells(order[single[order]], filling, parts)
    _one_by_one(rest, filling, parts)
    _leave_none_empty(order, table, parts, len(shares), fixed)
    return parts


@dataclass(frozen=True, slots=True)
class _Table:
    """Number of rows per stratum and group, as a sparse matrix with one row per group.

    The first stratum is all rows, the last ones are the combinations of all strata.
    """

    size: NDArray[np.int64]  # (k,)
    start: NDArray[np.int64]  # (k + 1,)
    stratum: NDArray[np.int64]
    count: NDArray[np.int64]
    rows: NDArray[np.int64]  # (m,) of each stratum
    groups: NDArray[np.int64]  # (m,) of each stratum
    columns: int


def _tabulate(group: NDArray[np.int64], strata: Sequence[NDArray[np.int64]], n_groups: int) -> _Table:
    columns, found, first = [np.zeros_like(group), *strata, _combined(group, strata)], [], 0
    for column in columns:
        width = int(column.max(initial=0)) + 1
        pairs, count = np.unique(group * width + column, return_counts=True)
        found.append((pairs // width, pairs % width + first, count))
        first += width
    owner, stratum, count = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((stratum, owner))
    owner, stratum, count = owner[order], stratum[order], count[order]
    start = np.searchsorted(owner, np.arange(n_groups + 1))
    rows = np.bincount(stratum, count, first).astype(np.int64)
    return _Table(
        np.bincount(group, minlength=n_groups),
        start,
        stratum,
        count,
        rows,
        np.bincount(stratum, minlength=first),
        len(columns),
    )


def _combined(group: NDArray[np.int64], strata: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    cell = np.zeros_like(group)
    for column in strata:
        cell = cell * (int(column.max(initial=0)) + 1) + column
    return np.unique(cell, return_inverse=True)[1].astype(np.int64)


class _Filling:
    """Counts of each part per stratum so far, and the cost of adding a group."""

    def __init__(self, table: _Table, shares: NDArray[np.float64]) -> None:
        self.table = table
        self.shares = shares
        # A stratum with too few groups for every part does not influence the allocation.
        presence = np.minimum(1.0, table.groups * shares.min()) ** 2
        presence[0] = _TOTAL_WEIGHT * table.columns
        self._scale = (presence / np.maximum(table.rows, 1)).tolist()
        self._per_share = (1.0 / shares).tolist()
        self.has = [[0] * len(table.rows) for _ in shares]

    def profile(self, number: int) -> tuple[list[int], list[int]]:
        """Return the strata of a group, and its rows in each."""
        span = slice(int(self.table.start[number]), int(self.table.start[number + 1]))
        return self.table.stratum[span].tolist(), self.table.count[span].tolist()

    def best(self, number: int) -> int:
        """Return the part with the least cost for a group."""
        strata, counts = self.profile(number)
        terms = [(k, count * self._scale[k], count) for k, count in zip(strata, counts, strict=True)]
        costs = [
            factor * sum(scaled * (2 * has[k] + count) for k, scaled, count in terms)
            for has, factor in zip(self.has, self._per_share, strict=True)
        ]
        return costs.index(min(costs))

    def add(self, number: int, part: int) -> None:
        """Put a group into a part."""
        for stratum, count in zip(*self.profile(number), strict=True):
            self.has[part][stratum] += count


def _one_by_one(numbers: NDArray[np.int64], filling: _Filling, parts: NDArray[np.int8]) -> None:
    for number in numbers.tolist():
        part = filling.best(number)
        filling.add(number, part)
        parts[number] = part


def _fill_cells(numbers: NDArray[np.int64], filling: _Filling, parts: NDArray[np.int8]) -> NDArray[np.int64]:
    """Assign groups of one row to parts that lack rows of their cell, cell by cell; return the remaining groups."""
    table = filling.table
    cells = table.stratum[table.start[numbers + 1] - 1]
    order = np.argsort(cells, kind="stable")
    rest = []
    for members in np.split(numbers[order], np.flatnonzero(np.diff(cells[order])) + 1):
        if not len(members):
            continue
        cell = int(table.stratum[table.start[members[0] + 1] - 1])
        has = np.array([part[cell] for part in filling.has])
        lacks = np.maximum(filling.shares * table.rows[cell] - has, 0.0)
        take = np.floor(lacks * (len(members) / lacks.sum()) + 1e-9).astype(np.int64)
        chosen = np.repeat(np.arange(len(take), dtype=np.int8), take)
        parts[members[: len(chosen)]] = chosen
        for stratum in table.stratum[table.start[members[0]] : table.start[members[0] + 1]].tolist():
            for part, count in enumerate(take.tolist()):
                filling.has[part][stratum] += count
        rest.append(members[len(chosen) :])
    return np.concatenate(rest) if rest else numbers[:0]


def _leave_none_empty(
    order: NDArray[np.int64], table: _Table, parts: NDArray[np.int8], n_parts: int, fixed: NDArray[np.int8] | None
) -> None:
    """Move the smallest groups to empty parts, as far as there are groups; the last part first."""
    for part in reversed(range(n_parts)):
        groups = np.bincount(parts, minlength=n_parts)
        if groups[part] or groups.max(initial=0) < 2:
            continue
        movable = order if fixed is None else order[fixed[order] < 0]
        movable = movable[groups[parts[movable]] > 1]
        if len(movable):
            parts[movable[np.argmin(table.size[movable])]] = part
