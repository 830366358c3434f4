"""The search for changed copies for `dedupe`: pairs, image columns, and similar slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.clusters import Pairs
from medcurate.curate.duplicates.marks import Column
from medcurate.curate.patients.patient_groups import Likeness
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code
from medcurate.parallel import Workers

if TYPE_CHECKING:
    from medcurate.curate.measures.image_digest import Digests


@dataclass(frozen=True, slots=True)
class Near:
    """Changed copies, and further results of the search.

    Attributes
    ----------
    pairs : Pairs
        As row indices of the catalogue.
    likeness : Likeness or None
        Pairs of rows that may show one head.
    columns : mapping of str to callable
        Values of ``perceptual_hash`` and ``sharpness``.
    notes : tuple of str
        Messages for the user, e.g. about files that can no longer be read.
    """

    pairs: Pairs
    likeness: Likeness | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> Near:
        """Return an empty result."""
        return cls(Pairs.none())


def find_near(
    folder: Path,
    image: NDArray[np.uint64],
    *,
    workers: Workers,
    store: Path,
    listing: Iterable[Item | Skipped] | None = None,
) -> Near:
    """Search the images of a catalogue for changed copies.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`.
    image : ndarray, shape (n,)
        The ``image_id`` of each row as a number.
    store : Path
        Folder whose private part keeps the digests of images; its lock is held.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.

    Raises
    ------
    UsageError
        If there is no record of the inputs.
    OutputError
        If the digests cannot be written.
    """
    from medcurate.curate.duplicates.near_duplicates import find_pairs  # brings faiss
    from medcurate.curate.patients.slice_likeness import likeness_of

    found = find_pairs(folder, workers, store=store, listing=listing)
    alike = likeness_of(found.digests, Catalogue.open(folder))
    columns = {"perceptual_hash": _hashes(found.digests, image), "sharpness": _sharpness(found.digests, image)}
    return Near(found.pairs, alike, columns, tuple(_unread(found.failed)))


def _hashes(digests: Digests, image: NDArray[np.uint64]) -> Column:
    hashes = digests.hashes("turned", np.arange(len(digests)), 0)

    def column(start: int, stop: int) -> pa.Array:
        places = _places(digests, image[start:stop])
        return pa.array(
            [None if place < 0 else hashes[place].tobytes().hex() for place in places.tolist()], pa.string()
        )

    return column


def _sharpness(digests: Digests, image: NDArray[np.uint64]) -> Column:
    sharpness = digests.records["sharpness"].astype(np.float64)

    def column(start: int, stop: int) -> pa.Array:
        places = _places(digests, image[start:stop])
        return pa.array([None if place < 0 else sharpness[place] for place in places.tolist()], pa.float64())

    return column


def _places(digests: Digests, image: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the index of each image in the digests, -1 if there is none."""
    known = digests.records["image_id"]
    place = np.minimum(np.searchsorted(known, image), max(len(known) - 1, 0))
    return np.where(known[place] == image, place, -1) if len(known) else np.full(len(image), -1)


def _unread(failed: Sequence[tuple[int, Code]]) -> Iterator[str]:
    if failed:
        counts = Counter(code.value for _, code in failed)
        codes = ", ".join(f"{count:,} {code}" for code, count in sorted(counts.items()))
        yield f"{len(failed):,} images could not be read again ({codes}): changed copies of them were not searched"
