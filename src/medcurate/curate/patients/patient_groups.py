"""Assign every row to a patient group, so that splits never divide a patient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from medcurate.curate.patients.patient_evidence import COLUMNS, Evidence, Keys, gather
from medcurate.curate.patients.slice_linkage import Likeness, link
from medcurate.curate.patients.volume_folders import same_patient
from medcurate.errors import UsageError

__all__ = ["BY", "COLUMNS", "Likeness", "PatientGroups", "infer_groups"]

MOST_PATIENTS = 5
"""Largest number of known patients that one image may link; an image that more share is taken for a legend or logo."""

LEAST_NAMES = 5
"""Least number of numbered sibling names that are taken for patients."""

MOST_SLICES = 2_000
"""Largest number of files that a name may link."""

NONE = np.uint64(2**64 - 1)

BY = ("image", "inferred", "patient")
"""Values of ``patient_group_by``, indexed by `PatientGroups.by`."""


@dataclass(frozen=True, slots=True)
class PatientGroups:
    """Patient groups of all rows.

    Attributes
    ----------
    number : ndarray of int64, shape (n,)
        The group of each row, 0 to `len(ids)` - 1, in the order of `ids`.
    by : ndarray of uint8, shape (n,)
        Index into `BY`: the evidence for this row's group.
    ids : ndarray of str, shape (k,)
        ``patient_group`` of each group, sorted: 'p' and the first 16 digits of its least pseudonym, or 'g' and its
        least ``image_id``; it does not depend on the order of the rows.
    notes : tuple of str
        Messages for the user, e.g. that one group holds much of the data.
    """

    number: NDArray[np.int64]
    by: NDArray[np.uint8]
    ids: NDArray[np.str_]
    notes: tuple[str, ...] = field(default=())

    def names(self, start: int, stop: int) -> list[str]:
        """Return ``patient_group`` of the rows from `start` to `stop`."""
        return [str(name) for name in self.ids[self.number[start:stop]]]

    def by_names(self, start: int, stop: int) -> list[str]:
        """Return ``patient_group_by`` of the rows from `start` to `stop`."""
        return [BY[code] for code in self.by[start:stop].tolist()]


def infer_groups(
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    duplicates: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    likeness: Likeness | None = None,
    name_pattern: str | None = None,
) -> PatientGroups:
    """Assign every row to the group of its known or inferred patient.

    Parameters
    ----------
    batches : iterable of RecordBatch or Table
        All rows of the catalogue in order, kept and dropped, with at least `COLUMNS`.
    duplicates : pair of ndarray of int64, optional
        Confirmed copies, in addition to those given by ``duplicate_of`` and equal ``image_id``.
    likeness : Likeness, optional
        Pairs of rows that may be slices of one head, from `medcurate.curate.patients.slice_likeness.likeness_of`.
    name_pattern : str, optional
        Regular expression to search in ``path``; its first group (or the whole match) is the patient.

    Raises
    ------
    UsageError
        If `name_pattern` is not a regular expression.
    """
    evidence = gather(batches, _compiled(name_pattern))
    ties = _Ties(len(evidence.file))
    ties.add_keys(evidence.file, evidence.file >= 0)
    for keys in (evidence.patient, evidence.stated, evidence.series):
        ties.add_keys(keys, keys != 0)
    ties.add_owners(evidence.mask_of, evidence.image, evidence.shows)
    tied = ties.components()
    stated = (evidence.patient != 0) | (evidence.stated != 0)
    known = np.zeros(tied.max(initial=-1) + 1, bool)
    known[tied[stated]] = True
    copies, legends = _same_image(evidence, duplicates)
    ties.add_keys(copies, evidence.shows & ~legends)
    for keys in _name_keys(evidence):
        ties.add_keys(keys, (keys != 0) & ~known[tied])
    ties.add_pairs(*_columns(same_patient(evidence.volumes)))
    if likeness is not None:
        ties.add_pairs(*link(likeness, ties.components(), evidence.plane, evidence.image, known[tied]))
    return _named(evidence, ties.components(), tied, known, legends)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise UsageError(f"name_pattern: expected a regular expression, received {pattern!r}: {error}") from error


def _columns(pairs: Iterable[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = np.array(list(pairs), np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


class _Ties:
    """Collects links between rows."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._ends: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add_pairs(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
        self._ends.append((a, b))

    def add_keys(self, keys: NDArray[np.integer[Any]], valid: NDArray[np.bool_]) -> None:
        """Link the rows that share a key."""
        self.add_pairs(*_chained(keys[valid], np.flatnonzero(valid)))

    def add_owners(self, owner: Keys, image: Keys, shows: NDArray[np.bool_]) -> None:
        """Link each row that refers to an image to the rows with that image."""
        owned, shown = np.flatnonzero(owner), np.flatnonzero(shows)
        shown = shown[np.isin(image[shown], owner[owned])]
        self.add_pairs(*_chained(np.concatenate([owner[owned], image[shown]]), np.concatenate([owned, shown])))

    def components(self) -> NDArray[np.int64]:
        """Return the connected component of each row."""
        a, b = (np.concatenate(ends) for ends in zip(*self._ends, strict=True))
        graph = coo_array((np.ones(len(a), np.bool_), (a, b)), shape=(self._n, self._n))
        return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _chained(keys: NDArray[np.integer[Any]], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    return rows[order][:-1][same], rows[order][1:][same]


def _same_image(
    evidence: Evidence, duplicates: tuple[NDArray[np.int64], NDArray[np.int64]] | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the cluster of copies of each row, and a mask of rows in clusters that too many patients share.

    An image that six known patients share is a legend or a logo, not evidence that they are one patient.
    """
    ties = _Ties(len(evidence.file))
    ties.add_keys(evidence.image, evidence.shows)
    ties.add_owners(evidence.duplicate_of, evidence.image, evidence.shows)
    if duplicates is not None:
        ties.add_pairs(*duplicates)
    cluster = ties.components()
    at = np.flatnonzero(evidence.patient)
    pairs = np.unique(np.stack([cluster[at].astype(np.uint64), evidence.patient[at]]), axis=1)
    patients = np.bincount(pairs[0].astype(np.int64), minlength=cluster.max(initial=-1) + 1)
    return cluster, patients[cluster] > MOST_PATIENTS


def _name_keys(evidence: Evidence) -> Iterator[Keys]:
    """Yield keys from names, except those with too little information."""
    yield evidence.known
    # A few names for all files of a folder are parts of the dataset; a name of thousands of files is not a patient.
    yield _where(evidence.name, _several(evidence.siblings, evidence.name) & _not_too_many(evidence.name))
    plain = (evidence.name == 0) & (evidence.folder != 0)
    folder = _where(evidence.folder, plain)
    yield _where(folder, _several(evidence.siblings, folder) & _not_too_many(folder))


def _where(keys: Keys, valid: NDArray[np.bool_]) -> Keys:
    return np.where(valid, keys, np.uint64(0))


def _several(family: Keys, keys: Keys) -> NDArray[np.bool_]:
    """Return a mask of the rows whose family has enough different keys."""
    pairs = np.unique(np.stack([family, keys]), axis=1)
    pairs = pairs[:, pairs[1] != 0]
    families, count = np.unique(pairs[0], return_counts=True)
    return np.isin(family, families[count >= LEAST_NAMES])


def _not_too_many(keys: Keys) -> NDArray[np.bool_]:
    _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(count[inverse] <= MOST_SLICES)


def _named(
    evidence: Evidence,
    final: NDArray[np.int64],
    tied: NDArray[np.int64],
    known: NDArray[np.bool_],
    legends: NDArray[np.bool_],
) -> PatientGroups:
    """Name the groups, and return the evidence of each row."""
    n_groups = final.max(initial=-1) + 1
    patient = _least(final, np.where(evidence.patient != 0, evidence.patient, NONE), n_groups)
    image = _least(final, np.where(evidence.shows & ~legends, evidence.image, NONE), n_groups)
    image = np.where(image == NONE, _least(final, evidence.image, n_groups), image)
    names = np.array(
        [
            f"g{image_id:016x}" if patient_id == NONE else f"p{patient_id:016x}"
            for patient_id, image_id in zip(patient.tolist(), image.tolist(), strict=True)
        ],
        np.str_,
    )
    ids, place = np.unique(names, return_inverse=True)
    number = place[final]
    shown = np.bincount(number[evidence.shows], minlength=len(ids))
    by = np.where(known[tied], 2, np.where(shown[number] > 1, 1, 0)).astype(np.uint8)
    return PatientGroups(number, by, ids, tuple(_notes(shown, by, ids)))


def _least(group: NDArray[np.int64], keys: Keys, n_groups: int) -> Keys:
    least = np.full(n_groups, NONE)
    np.minimum.at(least, group, keys)
    return least


def _notes(shown: NDArray[np.int64], by: NDArray[np.uint8], ids: NDArray[np.str_]) -> Iterator[str]:
    images = int(shown.sum())
    guessed = int((by != BY.index("patient")).sum())
    if guessed:
        yield (
            f"{guessed} of {len(by)} rows identify no patient: their groups are inferred from names, folders and "
            "similarity, and dissimilar slices of one head may be in several groups"
        )
    largest = int(shown.max(initial=0))
    if images >= 20 and largest > 0.1 * images and len(ids) > 1:
        yield f"the largest patient group, {ids[int(shown.argmax())]}, has {largest} of {images} images"
