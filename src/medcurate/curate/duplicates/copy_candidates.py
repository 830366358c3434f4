"""Propose pairs of images for pixel comparison by similar hashes.

Each image is searched in its eight views (rotations and reflections) among the windows of all others. Images of the
same file or series are never proposed: two slices of one volume are not copies, however similar.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.hash_search import nearest
from medcurate.curate.measures import perceptual_hash as ph
from medcurate.curate.measures.image_digest import Digests

MAX_DISTANCE = 92
"""Largest Hamming distance of a proposed pair, of 256 bits; unrelated images differ in about 128."""

NEIGHBORS = 8
"""Number of nearest images per view and window."""

MOST = 12
"""Largest number of proposals per image, the nearest ones: this many unchanged, and this many rotated or mirrored."""

_LINES = 2**22  # number of proposals in memory before they are thinned out
_WHOLE_GROUP, _HUBS = 32, 8


class Candidates(NamedTuple):
    """Pairs proposed by hashes, as indices into a `Digests`; at most one per pair and view."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    view: NDArray[np.int32]
    window: NDArray[np.int32]
    distance: NDArray[np.int32]


def series_of(folder: Path, digests: Digests) -> NDArray[np.int64]:
    """Return a key per image: equal for frames of one file and slices of one series; -1 if unknown."""
    wanted = np.sort(digests.records["row"])
    names: dict[str, int] = {}
    number = np.full(len(wanted), -1, np.int64)
    first = 0
    for batch in Catalogue.open(folder).batches(["source", "path", "frame", "series_id"]):
        here = wanted[(wanted >= first) & (wanted < first + batch.num_rows)]
        part = batch.take((here - first).tolist()) if len(here) else batch.slice(0, 0)
        columns = [part.column(name).to_pylist() for name in ("source", "path", "frame", "series_id")]
        for row, source, path, frame, series in zip(here.tolist(), *columns, strict=True):
            name = f"series {series}" if series is not None else f"file {source}/{path}" if frame is not None else None
            if name is not None:
                number[np.searchsorted(wanted, row)] = names.setdefault(name, len(names))
        first += batch.num_rows
    return number[np.searchsorted(wanted, digests.records["row"])]


def propose(
    digests: Digests,
    series: NDArray[np.int64],
    *,
    neighbors: int = NEIGHBORS,
    max_distance: int = MAX_DISTANCE,
    most: int = MOST,
) -> Candidates:
    """Return the pairs of images with similar hashes.

    Parameters
    ----------
    series : ndarray of int64, shape (n,)
        Images with the same key (0 or above) are never paired.
    neighbors, max_distance, most : int
        See `NEIGHBORS`, `MAX_DISTANCE`, `MOST`.
    """
    usable = np.flatnonzero(digests.records["usable"])
    kind = digests.records["kind"]
    views = len(ph.TURNS)
    queries = digests.hashes("turned", usable).reshape(-1, ph.HASH_BYTES)
    found: list[NDArray[np.int32]] = []
    for window in range(len(ph.WINDOWS)):
        base = digests.hashes("windows", usable, window)
        # An image finds itself, in several views if it is symmetric.
        for match in nearest(base, queries, k=neighbors + 1, max_distance=max_distance):
            first, second, view = usable[match.base], usable[match.query // views], match.query % views
            apart = (first != second) & (kind[first] == kind[second])
            apart &= (series[first] != series[second]) | (series[first] < 0)
            columns = first, second, view, np.full(len(first), window), match.distance
            found.append(np.stack(columns, axis=1)[apart].astype(np.int32))
            if sum(map(len, found)) > _LINES:
                found = [_thinned(np.concatenate(found), most)]
    lines = _thinned(np.concatenate(found), most) if found else np.empty((0, 5), np.int32)
    return Candidates(*lines.T)


_INVERSE = (0, 1, 2, 3, 4, 6, 5, 7)
"""The inverse of each view: two views are quarter turns."""


def _thinned(lines: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    """Keep the nearest proposal per pair and view, whichever image was the query, and at most `most` per image."""
    first, second, view, window, distance = lines.T
    same = np.where(first < second, view, np.array(_INVERSE)[view])
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((window, first, distance, same, high, low))
    keys = np.stack([low, high, same], axis=1)[order]
    new = np.r_[True, (np.diff(keys, axis=0) != 0).any(axis=1)] if len(keys) else np.empty(0, bool)
    lines = lines[order[new]]
    near = np.zeros(len(lines), bool)
    for side in (0, 1):
        group = 2 * lines[:, side].astype(np.int64) + (lines[:, 2] > 0)
        order = np.lexsort((lines[:, 1 - side], lines[:, 4], group))
        begins = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0]) if len(lines) else order
        place = np.arange(len(lines)) - np.repeat(begins, np.diff(np.r_[begins, len(lines)]))
        near[order[place < most]] = True
    return lines[near]


def complete(digests: Digests, series: NDArray[np.int64], confirmed: list[tuple[int, int]]) -> Candidates:
    """Propose missing pairs within groups of copies: all pairs of a group, or each image with the largest ones.

    The search returns a limited number of neighbors per image, and an image may have more copies than that.

    Parameters
    ----------
    series : ndarray of int64, shape (n,)
    confirmed : list of (int, int)
        Pairs of image indices, the lower one first.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    known = set(confirmed)
    edges = np.array(confirmed, np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(len(digests), len(digests)))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    area = digests.records["shape"].astype(np.int64).prod(axis=1)
    missing: set[tuple[int, int]] = set()
    for group in (group for group in groups if len(group) > 2):
        largest = group[np.argsort(-area[group], kind="stable")]
        for one in largest[: len(group) if len(group) <= _WHOLE_GROUP else _HUBS].tolist():
            missing.update((min(one, other), max(one, other)) for other in group.tolist() if other != one)
    wanted = [pair for pair in sorted(missing - known) if series[pair[0]] < 0 or series[pair[0]] != series[pair[1]]]
    return _nearest_views(digests, np.array(wanted, np.int64).reshape(-1, 2))


def _nearest_views(digests: Digests, pairs: NDArray[np.int64]) -> Candidates:
    """Return pairs with the view and window of nearest hashes."""
    lines = np.empty((len(pairs), 5), np.int32)
    for start in range(0, len(pairs), 1024):
        some = pairs[start : start + 1024]
        windows = [digests.hashes("windows", some[:, side]) for side in (0, 1)]
        turned = [digests.hashes("turned", some[:, side]) for side in (0, 1)]
        distance = np.stack(
            [np.bitwise_count(windows[side][:, :, None] ^ turned[1 - side][:, None]).sum(axis=-1) for side in (0, 1)],
            axis=1,
        )
        flat = distance.reshape(len(some), -1)
        which = flat.argmin(axis=1)
        side, window, view = np.unravel_index(which, distance.shape[1:])
        each = np.arange(len(some))
        columns = some[each, side], some[each, 1 - side], view, window, flat[each, which]
        lines[start : start + len(some)] = np.stack(columns, axis=1)
    return Candidates(*lines.T)
