"""Training, validation and test data: by patient, balanced, the same for the same data and seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

FRACTIONS: Mapping[str, float] = MappingProxyType({"train": 0.7, "val": 0.15, "test": 0.15})
"""Default splits and the share of the images that each should get."""


@dataclass(frozen=True, slots=True)
class Splits:
    """A split, and where asked for a fold, for every row.

    Attributes
    ----------
    code : ndarray of int8, shape (n,)
        Index into `names`.
    names : tuple of str
        The splits, e.g. ``('train', 'val', 'test')``.
    fold : ndarray of int16, shape (n,)
        0 to folds - 1; -1 in the split ``test``, which no fold may touch, and everywhere if no folds were asked for.
    notes : tuple of str
        What a user should know, e.g. that a class has too few patients to be in every split.
    """

    code: NDArray[np.int8]
    names: tuple[str, ...]
    fold: NDArray[np.int16]
    notes: tuple[str, ...] = field(default=())

    def split_names(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Return ``split`` of some rows."""
        return [self.names[code] for code in self.code[start:stop].tolist()]


def assign_splits(
    groups: Sequence[str] | NDArray[np.str_],
    strata: Mapping[str, Sequence[str | None]],
    *,
    fractions: Mapping[str, float] = FRACTIONS,
    seed: int = 0,
    folds: int = 0,
    fixed: Mapping[str, str] | None = None,
) -> Splits:
    """Give every group to one split, so that splits have their share of every stratum.

    Parameters
    ----------
    groups : sequence of str, length n
        ``patient_group`` of each row.
    strata : mapping of str to sequence of str or None, each of length n
        What splits should have alike: ``{"tumor": ..., "plane": ..., "source": ...}``.
    fractions : mapping of str to float
        Share of the rows of each split; positive, sum 1.
    seed : int
        Another seed gives another choice; the order of the rows makes no difference.
    folds : int
        Number of cross-validation folds of what is not ``test``; 0 for none.
    fixed : mapping of str to str, optional
        Groups whose split is decided, e.g. by an earlier run: they keep it, and new ones fill up the rest.

    Returns
    -------
    Splits

    Raises
    ------
    UsageError
        If fractions, folds, lengths or fixed splits do not fit.
    """
    raise NotImplementedError


def check_leaks(
    splits: Sequence[str],
    groups: Sequence[str] | NDArray[np.str_],
    duplicates: Sequence[str | None] | None = None,
) -> None:
    """Make sure that no patient group and no duplicate cluster is in two splits.

    Parameters
    ----------
    splits, groups : sequence of str, length n
        ``split`` and ``patient_group`` of each row.
    duplicates : sequence of str or None, length n, optional
        Name of the duplicate cluster of each row, None for a row that has no duplicate.

    Raises
    ------
    LeakError
        Naming the first few. It is medcurate's own fault: exit code 70.
    """
    raise NotImplementedError


def keep_splits(
    paths: Sequence[str],
    groups: Sequence[str] | NDArray[np.str_],
    duplicates: Sequence[str | None] | None = None,
) -> list[str]:
    """Return the splits that the input's own folders name (``Training``, ``Testing``, ``val`` ...), if they do not leak.

    Parameters
    ----------
    paths : sequence of str, length n
        ``path`` of each row.
    groups, duplicates
        As in `check_leaks`.

    Returns
    -------
    list of str, length n
        ``train``, ``val`` or ``test``.

    Raises
    ------
    UsageError
        If a path names no split, or the splits leak; it names the first few.
    """
    raise NotImplementedError
