"""Who belongs to whom: a group for every row, such that no patient parts at a split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

COLUMNS = (
    "image_id", "source", "path", "format", "kind", "patient_id", "series_id", "height", "width", "depth",
    "spacing_mm", "plane", "duplicate_of", "mask_of", "status", "reason",
)  # fmt: skip
"""Columns that `infer_groups` reads."""

BY = ("image", "inferred", "patient")
"""What a group rests on: values of ``patient_group_by``, by the code in `PatientGroups.by`."""


class Likeness(NamedTuple):
    """Pairs of rows that may show one head, e.g. neighboring slices.

    Attributes
    ----------
    row_a, row_b : ndarray of int64, shape (m,)
        Row numbers in the catalogue; the order within a pair and of the pairs does not matter.
    similarity : ndarray of float32, shape (m,)
        In [0, 1].
    """

    row_a: NDArray[np.int64]
    row_b: NDArray[np.int64]
    similarity: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PatientGroups:
    """A group for every row.

    Attributes
    ----------
    number : ndarray of int64, shape (n,)
        The group of each row, 0 to `len(ids)` - 1, in the order of `ids`.
    by : ndarray of uint8, shape (n,)
        Index into `BY`: what ties this row to its group.
    ids : ndarray of str, shape (k,)
        ``patient_group`` of each group, sorted: 'p' and the first 16 digits of its least pseudonym, or 'g' and its
        least ``image_id``; it does not depend on the order of the rows.
    notes : tuple of str
        What a user should know, e.g. that one group holds much of the data.
    """

    number: NDArray[np.int64]
    by: NDArray[np.uint8]
    ids: NDArray[np.str_]
    notes: tuple[str, ...] = field(default=())

    def names(self, start: int, stop: int) -> list[str]:
        """Return ``patient_group`` of some rows."""
        return [str(name) for name in self.ids[self.number[start:stop]]]

    def by_names(self, start: int, stop: int) -> list[str]:
        """Return ``patient_group_by`` of some rows."""
        return [BY[code] for code in self.by[start:stop].tolist()]


def infer_groups(
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    duplicates: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    likeness: Likeness | None = None,
    name_pattern: str | None = None,
) -> PatientGroups:
    """Give every row the group of its patient, known or inferred.

    Parameters
    ----------
    batches : iterable of RecordBatch or Table
        All rows of the catalogue in order, kept and dropped, with at least `COLUMNS`.
    duplicates : pair of ndarray of int64, optional
        Rows that show the same image, confirmed, beyond those that ``duplicate_of`` and equal ``image_id`` tell.
    likeness : Likeness, optional
        Pairs of rows that may be slices of one head, from `medcurate.curate.near_duplicates.similar_pairs`.
    name_pattern : str, optional
        Regular expression that is searched for in ``path``; what its first group (or all of it) matches is the
        patient.

    Returns
    -------
    PatientGroups

    Raises
    ------
    UsageError
        If `name_pattern` is no regular expression.
    """
    raise NotImplementedError
