"""What becomes of the images that were written: which are duplicates after processing, and which split each is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.homogenizing.catalogue_rows import CatalogueRow
from medcurate.curate.homogenizing.records import KEPT
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.patients.splits import assign_splits, check_leaks, keep_splits

_STRATA = ("tumor", "plane", "source")


class Outcome(IntEnum):
    """What becomes of a written image."""

    KEPT = 0
    DUPLICATE = 1
    """An earlier image has the same pixels now."""
    CONFLICT = 2
    """Another image has the same pixels now, and another tumor type."""


@dataclass(slots=True)
class WrittenImages:
    """What splits and duplicates need to know of the images and volumes that were written, in order.

    Attributes
    ----------
    image : list of int
        The ``image_id`` as a number.
    group : list of str
        What a split may not part.
    cluster : list of str
        Equal for copies of one original.
    path : list of str
        Of the original.
    strata : dict of str to list
        Tumor type, plane and source, which are to be alike in all splits.
    """

    image: list[int] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    cluster: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    is_volume: list[bool] = field(default_factory=list)
    strata: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in _STRATA})

    @classmethod
    def gather(cls, rows: Iterable[CatalogueRow]) -> WrittenImages:
        """Go through the rows of the dataset's catalogue once."""
        found = cls()
        texts: dict[str, str] = {}  # one object per text: most rows repeat it

        def shared(text: str) -> str:
            return texts.setdefault(text, text)

        for row in rows:
            if row.status != KEPT or row.kind == "mask":
                continue
            found.image.append(int(row.image_id, 16))
            found.group.append(shared(row.group))
            found.cluster.append(str(row.duplicate_of or row.original_id))
            found.path.append(str(row.original_path))
            found.is_volume.append(row.kind == "volume")
            for name in _STRATA:
                value: str | None = getattr(row, name)
                found.strata[name].append(None if value is None else shared(value))
        return found


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What becomes of each written image.

    Attributes
    ----------
    outcome : ndarray of uint8, shape (n,)
        Values of `Outcome`.
    split : list of str or None
        None for those that are not kept after all; so for `fold`.
    notes : tuple of str
        What a user should know of the splits.
    """

    outcome: NDArray[np.uint8]
    split: list[str | None]
    fold: list[int | None]
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which images stay, shape (n,)."""
        return np.asarray(self.outcome == Outcome.KEPT)


def decide_outcomes(written: WrittenImages, settings: HomogenizeSettings) -> Outcomes:
    """Find duplicates among the written images and divide the rest among the splits.

    Raises
    ------
    UsageError
        The splits of the input are to be kept, and it names none, or they leak.
    LeakError
        The splits leak: a bug.
    """
    outcome = duplicates_after_processing(written, keep_duplicates=settings.keep_duplicates)
    at = np.flatnonzero(outcome == Outcome.KEPT).tolist()
    split: list[str | None] = [None] * len(outcome)
    fold: list[int | None] = [None] * len(outcome)
    if not at:
        return Outcomes(outcome, split, fold)
    groups, clusters = [written.group[row] for row in at], [written.cluster[row] for row in at]
    notes: tuple[str, ...] = ()
    if settings.keep_splits:
        names = keep_splits([written.path[row] for row in at], groups, clusters)
    else:
        strata = {name: [values[row] for row in at] for name, values in written.strata.items()}
        given = assign_splits(groups, strata, fractions=settings.split, seed=settings.seed, folds=settings.folds)
        names, notes = given.split_names(), given.notes
        for row, number in zip(at, given.fold.tolist(), strict=True):
            fold[row] = None if number < 0 else number
    check_leaks(names, groups, clusters)
    for row, name in zip(at, names, strict=True):
        split[row] = name
    return Outcomes(outcome, split, fold, notes)


def duplicates_after_processing(written: WrittenImages, *, keep_duplicates: bool) -> NDArray[np.uint8]:
    """Decide about images that have the same pixels now, shape (n,), values of `Outcome`.

    The first of them is kept. Where their tumor types differ, none is: nobody knows which is right. With
    `keep_duplicates` all of one patient stay. Volumes are not compared.
    """
    image = np.array(written.image, np.uint64)
    outcome = np.full(len(image), Outcome.KEPT, np.uint8)
    order = np.argsort(image, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(image[order])) + 1) if len(order) else ():
        if len(members) < 2 or any(written.is_volume[row] for row in members):
            continue
        if len({written.strata["tumor"][row] for row in members}) > 1:
            outcome[members] = Outcome.CONFLICT
            continue
        first = written.group[members[0]]
        others = [row for row in members[1:].tolist() if not keep_duplicates or written.group[row] != first]
        outcome[others] = Outcome.DUPLICATE
    return outcome
