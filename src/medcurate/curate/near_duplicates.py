"""Near duplicates: the hash proposes pairs, a comparison of pixels confirms them and says what was done.

Every image is looked up in its eight views among the windows of all others (`hash_search`); the thumbnails of each
pair found are laid upon each other (`pixel_comparison`). Two frames of one file, or of one series, are never copies of
each other, however alike they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue
from medcurate.curate import perceptual_hash as ph
from medcurate.curate.clusters import Pairs
from medcurate.curate.copy_changes import describe_change
from medcurate.curate.hash_search import nearest
from medcurate.curate.image_digest import Digests, digest_images
from medcurate.curate.pixel_comparison import Likeness, compare
from medcurate.errors import Code
from medcurate.parallel import Failure, map_files

MAX_DISTANCE = 104
"""Bits of 256 in which a proposed pair differs at most; those of unrelated images differ in about 128."""

NEIGHBORS = 8
"""How many of its nearest images a view is compared with, in each window."""

MOST = 24
"""Proposals an image has at most, the nearest ones: so many as they are, and so many turned or mirrored."""

MIN_SCORE = 0.5
_PAIRS_AT_ONCE = 128
_WHOLE_GROUP, _HUBS = 32, 8
_NEIGHBOR_ODDS = 1 / 9
"""How much more often an image of the same frame that nearly fits is a neighboring slice than a copy."""
_SAME_SCALE, _SAME_PLACE = 0.02, 1.5  # relative, and pixels of the thumbnail
_LINES = 2**22  # proposals that are held before they are thinned out


class NearCopies(NamedTuple):
    """What the search found.

    Attributes
    ----------
    pairs : Pairs
        Confirmed copies, by rows of the catalogue. A row stands for all rows of its ``image_id``: it is the first.
    digests : Digests
        Of all images, for the columns ``perceptual_hash`` and ``sharpness``.
    failed : tuple of (int, Code)
        Rows whose pixels could not be read any more.
    """

    pairs: Pairs
    digests: Digests
    failed: tuple[tuple[int, Code], ...]


class Candidates(NamedTuple):
    """Pairs that the hashes propose, numbers of images in a `Digests`; at most one a pair and view."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    view: NDArray[np.int32]
    window: NDArray[np.int32]
    distance: NDArray[np.int32]


def find_pairs(
    folder: Path,
    *,
    min_score: float = MIN_SCORE,
    workers: int | None = None,
    timeout_s: float = 120.0,
    progress: bool | None = None,
    dask: str | None = None,
) -> NearCopies:
    """Find changed copies among the images and volumes of a catalogue. Call it under `run_folder.lock`.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote.
    min_score : float
        Probability in [0, 1] from which a pair counts.
    workers, timeout_s, progress, dask
        See `medcurate.parallel.map_files`.

    Returns
    -------
    NearCopies

    Raises
    ------
    UsageError
        If there is no catalogue, or no record of its inputs.
    OutputError
        If the digests cannot be written.
    """
    digests = digest_images(folder, workers=workers, timeout_s=timeout_s, progress=progress, dask=dask)
    series = _series(folder, digests)
    compared = partial(_compared, digests, workers=workers, timeout_s=timeout_s, progress=progress, dask=dask)
    best = _best_of_pairs(digests, compared(propose(digests, series)), min_score)
    best |= _best_of_pairs(digests, compared(complete(digests, series, list(best))), min_score)
    return NearCopies(_as_pairs(digests, best), digests, digests.failed)


class Compared(NamedTuple):
    """A pair of images (numbers in a `Digests`), the view of the second one, and how they compare."""

    first: int
    second: int
    view: int
    likeness: Likeness


def propose(
    digests: Digests,
    series: NDArray[np.int64],
    *,
    neighbors: int = NEIGHBORS,
    max_distance: int = MAX_DISTANCE,
    most: int = MOST,
    views: int = len(ph.TURNS),
) -> Candidates:
    """Return the pairs of images whose hashes are near to each other.

    Parameters
    ----------
    digests : Digests
    series : ndarray of int64, shape (n,)
        Images with the same number (0 or above) are never paired.
    neighbors, max_distance, most : int
        See `NEIGHBORS`, `MAX_DISTANCE`, `MOST`.
    views : int
        8, or 1 for the images as they are.
    """
    usable = np.flatnonzero(digests.records["usable"])
    kind = digests.records["kind"]
    queries = digests.hashes("turned", usable)[:, :views].reshape(-1, ph.HASH_BYTES)
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
"""The view that takes each view back: two of them are quarter turns."""


def _thinned(lines: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    """Keep of all lines with one pair and view the nearest, whichever was the query; of those `most` an image."""
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
    """Propose what is missing within groups of copies: each pair of a group, or each image with the largest ones.

    The search gives each image so many neighbors, and an image may have more copies than that.

    Parameters
    ----------
    digests : Digests
    series : ndarray of int64, shape (n,)
    confirmed : list of (int, int)
        Pairs of images, the lower number first.
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
    """Return pairs with the view and the window in which their hashes are nearest."""
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


def _series(folder: Path, digests: Digests) -> NDArray[np.int64]:
    """Return a number for each image: equal for frames of one file and slices of one series; -1 where not known."""
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


def _compared(
    digests: Digests,
    candidates: Candidates,
    *,
    workers: int | None,
    timeout_s: float,
    progress: bool | None,
    dask: str | None,
) -> Iterator[Compared]:
    """Compare the pixels of the proposed pairs, in workers."""
    results = map_files(
        _compare_some,
        _batches(digests, candidates),
        workers=workers,
        timeout_s=timeout_s,
        label="compare",
        total=-(-len(candidates.first) // _PAIRS_AT_ONCE),
        progress=progress,
        dask=dask,
    )
    for batch, result in results:
        if isinstance(result, Failure):
            raise RuntimeError(f"the comparison of pixels failed: {result.message}")
        yield from (
            Compared(int(line[0]), int(line[1]), int(line[2]), likeness)
            for line, likeness in zip(batch.lines, result, strict=True)
            if likeness is not None
        )


class _Batch(NamedTuple):
    """Some candidates, a line each, and their thumbnails."""

    lines: NDArray[np.int32]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    detail: NDArray[np.float64]


def _batches(digests: Digests, candidates: Candidates) -> Iterator[_Batch]:
    lines = np.stack(candidates, axis=1)
    box = digests.records["box"]
    size = np.minimum(box[:, 1] - box[:, 0], box[:, 3] - box[:, 2]).astype(np.float64)
    for start in range(0, len(lines), _PAIRS_AT_ONCE):
        some = lines[start : start + _PAIRS_AT_ONCE]
        first, second = some[:, 0], some[:, 1]
        detail = np.minimum(size[first], size[second])
        yield _Batch(some, digests.thumbnails(first), digests.thumbnails(second), detail)


def _compare_some(batch: _Batch) -> list[Likeness | None]:
    """Compare the pairs of a batch; this is what runs in the workers."""
    return [
        compare(first, np.asarray(ph.turn(second, int(line[2])), np.uint8), int(line[3]), float(detail))
        for line, first, second, detail in zip(batch.lines, batch.first, batch.second, batch.detail, strict=True)
    ]


def _best_of_pairs(digests: Digests, compared: Iterator[Compared], min_score: float) -> dict[tuple[int, int], Compared]:
    """Return the pairs that count, each in its best view."""
    best: dict[tuple[int, int], Compared] = {}
    for one in compared:
        pair = (min(one.first, one.second), max(one.first, one.second))
        if _may_be_neighbors(digests, one):
            odds = _NEIGHBOR_ODDS * one.likeness.score / max(1 - one.likeness.score, 1e-12)
            one = one._replace(likeness=one.likeness._replace(score=odds / (1 + odds)))
        if one.likeness.score >= min_score and (pair not in best or one.likeness.score > best[pair].likeness.score):
            best[pair] = one
    return best


def _may_be_neighbors(digests: Digests, one: Compared) -> bool:
    """Say whether two images have one frame, as neighboring slices have and most changed copies have not."""
    shape = digests.records["shape"]
    if one.view or (shape[one.first] != shape[one.second]).any():
        return False
    affine = one.likeness.affine
    scaled = max(abs(float(affine[0, 0]) - 1), abs(float(affine[1, 1]) - 1))
    moved = max(abs(float(affine[0, 2])), abs(float(affine[1, 2])))
    return scaled < _SAME_SCALE and moved < _SAME_PLACE


def _as_pairs(digests: Digests, best: dict[tuple[int, int], Compared]) -> Pairs:
    """Return confirmed pairs by their rows, with what was done to them."""
    records = digests.records
    chosen = [best[pair] for pair in sorted(best)]
    words = [describe_change(records[one.first], records[one.second], one.view, one.likeness).kind for one in chosen]
    names = tuple(sorted(set(words)))
    return Pairs(
        records["row"][[one.first for one in chosen]].astype(np.int64),
        records["row"][[one.second for one in chosen]].astype(np.int64),
        np.array([one.likeness.score for one in chosen], np.float32),
        np.array([names.index(word) for word in words], np.int16),
        names,
    )


def similar_pairs(
    folder: Path,
    *,
    min_similarity: float = 0.5,
    workers: int | None = None,
    timeout_s: float = 120.0,
    progress: bool | None = None,
    dask: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Find images that probably show one head: neighboring slices, or copies. Call it under `run_folder.lock`.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote.
    min_similarity : float
        In [0, 1].
    workers, timeout_s, progress, dask
        See `medcurate.parallel.map_files`.

    Returns
    -------
    row_a, row_b : ndarray of int64, shape (m,)
        Rows of the catalogue, the lower number first; each is the first with its ``image_id``.
    similarity : ndarray of float32, shape (m,)
        In [0, 1].

    Raises
    ------
    UsageError, OutputError
        As `find_pairs`.
    """
    digests = digest_images(folder, workers=workers, timeout_s=timeout_s, progress=progress, dask=dask)
    nobody = np.full(len(digests), -1, np.int64)
    candidates = propose(digests, nobody, views=1, neighbors=12)
    row = digests.records["row"].tolist()
    lines = [
        (*sorted((row[one.first], row[one.second])), _similarity(one.likeness))
        for one in _compared(digests, candidates, workers=workers, timeout_s=timeout_s, progress=progress, dask=dask)
        if _similarity(one.likeness) >= min_similarity
    ]
    first, second, similarity = zip(*sorted(lines), strict=True) if lines else ((), (), ())
    return np.array(first, np.int64), np.array(second, np.int64), np.array(similarity, np.float32)


def _similarity(likeness: Likeness) -> float:
    """Return how likely two images show one head, in [0, 1]: how well the middle band fits."""
    return min(max((likeness.bands[1] - 0.4) / 0.6, 0.0), 1.0)
