"""Near duplicates: hashes propose pairs, and a comparison of pixels confirms them and classifies the change.

`copy_candidates` proposes pairs; their thumbnails are registered and compared (`pixel_comparison`); the resulting
groups are completed, so that every image of a group is compared with the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.duplicates.clusters import Pairs
from medcurate.curate.duplicates.copy_candidates import Candidates, complete, propose, series_of
from medcurate.curate.duplicates.copy_changes import describe_change
from medcurate.curate.duplicates.pixel_comparison import Likeness, compare
from medcurate.curate.measures import perceptual_hash as ph
from medcurate.curate.measures.image_digest import Digests, digest_images
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code
from medcurate.parallel import Failure, Workers

MIN_SCORE = 0.5
_PAIRS_AT_ONCE = 128
_NEIGHBOR_ODDS = 1 / 9
"""Prior odds that a nearly matching image of the same frame is a neighboring slice and not a copy."""
_SAME_SCALE, _SAME_PLACE = 0.02, 1.5  # relative, and pixels of the thumbnail


class NearCopies(NamedTuple):
    """The result of the search.

    Attributes
    ----------
    pairs : Pairs
        Confirmed copies, as catalogue rows. The first row of an ``image_id`` represents all its rows.
    digests : Digests
        Digests of all images, for the columns ``perceptual_hash`` and ``sharpness``.
    failed : tuple of (int, Code)
        Rows whose pixels could no longer be read.
    """

    pairs: Pairs
    digests: Digests
    failed: tuple[tuple[int, Code], ...]


def find_pairs(
    folder: Path,
    workers: Workers | None = None,
    *,
    store: Path | None = None,
    listing: Iterable[Item | Skipped] | None = None,
    min_score: float = MIN_SCORE,
) -> NearCopies:
    """Find changed copies among the images and volumes of a catalogue.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`.
    store : Path, optional
        Folder whose private part keeps the digests, `folder` by default. Its lock is held.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.
    min_score : float
        Least probability of a pair, in [0, 1].

    Raises
    ------
    UsageError
        If there is no catalogue, or no record of its inputs.
    OutputError
        If the digests cannot be written.
    """
    workers = workers or Workers()
    digests = digest_images(folder, workers, store=store, listing=listing)
    series = series_of(folder, digests)
    compared = partial(_compared, digests, workers=workers)
    best = _best_of_pairs(digests, compared(propose(digests, series)), min_score)
    best |= _best_of_pairs(digests, compared(complete(digests, series, list(best))), min_score)
    return NearCopies(_as_pairs(digests, best), digests, digests.failed)


class Compared(NamedTuple):
    """A pair of images (indices into a `Digests`), the view of the second one, and their likeness."""

    first: int
    second: int
    view: int
    likeness: Likeness


def _compared(digests: Digests, candidates: Candidates, *, workers: Workers) -> Iterator[Compared]:
    """Compare the pixels of the proposed pairs, in workers."""
    total = -(-len(candidates.first) // _PAIRS_AT_ONCE)
    results = workers.map_files(_compare_some, _batches(digests, candidates), label="compare", total=total)
    for batch, result in results:
        if isinstance(result, Failure):
            raise RuntimeError(f"the comparison of pixels failed: {result.message}")
        yield from (
            Compared(int(line[0]), int(line[1]), int(line[2]), likeness)
            for line, likeness in zip(batch.lines, result, strict=True)
            if likeness is not None
        )


class _Batch(NamedTuple):
    """Some candidates, one per row, and their thumbnails."""

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
    """Compare the pairs of a batch, in a worker."""
    return [
        compare(first, np.asarray(ph.turn(second, int(line[2])), np.uint8), int(line[3]), float(detail))
        for line, first, second, detail in zip(batch.lines, batch.first, batch.second, batch.detail, strict=True)
    ]


def _best_of_pairs(digests: Digests, compared: Iterator[Compared], min_score: float) -> dict[tuple[int, int], Compared]:
    """Return the accepted pairs, each in its best view."""
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
    """Return whether two images share a frame, like neighboring slices and unlike most changed copies."""
    shape = digests.records["shape"]
    if one.view or (shape[one.first] != shape[one.second]).any():
        return False
    affine = one.likeness.affine
    scaled = max(abs(float(affine[0, 0]) - 1), abs(float(affine[1, 1]) - 1))
    moved = max(abs(float(affine[0, 2])), abs(float(affine[1, 2])))
    return scaled < _SAME_SCALE and moved < _SAME_PLACE


def _as_pairs(digests: Digests, best: dict[tuple[int, int], Compared]) -> Pairs:
    """Return confirmed pairs as rows, with their changes."""
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
