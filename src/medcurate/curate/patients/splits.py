"""Assign training, validation and test splits: by patient, balanced, reproducible for the same data and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.defaults import FRACTIONS
from medcurate.curate.patients.split_leaks import check_leaks, coded_names, keep_splits
from medcurate.curate.patients.stratified_allocation import allocate
from medcurate.errors import UsageError

__all__ = ["Splits", "assign_splits", "check_leaks", "keep_splits"]

HELD_OUT = "test"
"""The split that is never part of a fold."""

MAX_PARTS = 100
MAX_NOTES = 5


@dataclass(frozen=True, slots=True)
class Splits:
    """The split and, if requested, the fold of every row.

    Attributes
    ----------
    code : ndarray of int8, shape (n,)
        Index into `names`.
    names : tuple of str
        The splits, e.g. ``('train', 'val', 'test')``.
    fold : ndarray of int16, shape (n,)
        0 to folds - 1; -1 in the split ``test``, which is never part of a fold, and everywhere without folds.
    notes : tuple of str
        Messages for the user, e.g. that a class has too few patients to be in every split.
    """

    code: NDArray[np.int8]
    names: tuple[str, ...]
    fold: NDArray[np.int16]
    notes: tuple[str, ...] = field(default=())

    def split_names(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Return ``split`` of the rows from `start` to `stop`."""
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
    """Assign every group to one split, so that each split has its fraction of every stratum.

    Parameters
    ----------
    groups : sequence of str, length n
        ``patient_group`` of each row.
    strata : mapping of str to sequence of str or None, each of length n
        Variables to balance: ``{"tumor": ..., "plane": ..., "source": ...}``.
    fractions : mapping of str to float
        Fraction of the rows per split; positive, sum 1.
    seed : int
        Seed of the assignment; the order of the rows does not matter.
    folds : int
        Number of cross-validation folds of the images outside ``test``; 0 for none.
    fixed : mapping of str to str, optional
        Groups with a given split, e.g. from an earlier run: they keep it, and new groups fill the rest.

    Raises
    ------
    UsageError
        If fractions, folds, lengths or fixed splits are invalid.
    """
    _check_fractions(fractions, folds, len(groups), strata)
    names = tuple(fractions)
    ids, group = np.unique(np.asarray(groups, np.str_), return_inverse=True)
    coded = {name: coded_names(values) for name, values in strata.items()}
    columns = [codes for _, codes in coded.values()]
    rank = _rank(ids, f"split {seed}")
    decided = _decided(ids, fixed or {}, names)
    parts = allocate(group, columns, np.array(list(fractions.values())), rank, decided)
    code = parts[group]
    notes = [*_size_notes(code, parts, fractions), *_class_notes(group, code, coded, names)]
    fold = np.full(len(code), -1, np.int16)
    if folds:
        open_rows = np.flatnonzero(code != names.index(HELD_OUT)) if HELD_OUT in names else np.arange(len(code))
        fold[open_rows], more = _folds(ids, group[open_rows], [column[open_rows] for column in columns], folds, seed)
        notes += more
    return Splits(code, names, fold, tuple(notes))


def _folds(
    ids: NDArray[np.str_], group: NDArray[np.int64], columns: list[NDArray[np.int64]], folds: int, seed: int
) -> tuple[NDArray[np.int16], list[str]]:
    present, group = np.unique(group, return_inverse=True)
    notes = []
    if len(present) < folds:
        notes.append(f"{folds} folds were requested, but there are {len(present)} patient groups: some folds are empty")
    shares = np.full(folds, 1 / folds)
    parts = allocate(group, columns, shares, _rank(ids[present], f"fold {seed}"))
    return parts[group].astype(np.int16), notes


def _rank(ids: NDArray[np.str_], salt: str) -> NDArray[np.int64]:
    """Order groups by their name and the seed only."""
    keys = [hashlib.blake2b(f"{salt}\0{name}".encode(), digest_size=16).digest() for name in ids.tolist()]
    rank = np.empty(len(keys), np.int64)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return rank


def _check_fractions(
    fractions: Mapping[str, float], folds: int, rows: int, strata: Mapping[str, Sequence[object]]
) -> None:
    values = list(fractions.values())
    # NaN compares as False.
    if not (1 <= len(values) <= MAX_PARTS and min(values) > 0 and abs(sum(values) - 1) <= 1e-6):
        shown = ", ".join(f"{name} {value:g}" for name, value in fractions.items())
        raise UsageError(f"fractions: expected shares above 0 with the sum 1, received {shown or 'none'}")
    if folds == 1 or not 0 <= folds <= MAX_PARTS:
        raise UsageError(f"folds: expected 0 for none, or 2 to {MAX_PARTS}, received {folds}")
    for name, column in strata.items():
        if len(column) != rows:
            raise UsageError(f"strata: expected {rows} values of {name!r}, one a row, received {len(column)}")


def _decided(ids: NDArray[np.str_], fixed: Mapping[str, str], names: tuple[str, ...]) -> NDArray[np.int8]:
    unknown = sorted(set(fixed.values()) - set(names))
    if unknown:
        raise UsageError(f"fixed: expected splits among {', '.join(names)}, received {', '.join(unknown)}")
    return np.array([names.index(fixed[name]) if name in fixed else -1 for name in ids.tolist()], np.int8)


def _size_notes(code: NDArray[np.int8], parts: NDArray[np.int8], fractions: Mapping[str, float]) -> list[str]:
    """Return messages about splits that are empty or far from the requested size."""
    notes, rows = [], max(1, len(code))
    groups = np.bincount(parts, minlength=len(fractions))
    empty = [name for name, count in zip(fractions, groups.tolist(), strict=True) if not count]
    if empty and len(code):
        notes.append(
            f"only {len(parts)} patient group{'s' * (len(parts) != 1)} for {len(fractions)} splits: nothing is in "
            f"{', '.join(empty)}. Groups are never divided; add patients, or request fewer splits"
        )
    for part, (name, wanted) in enumerate(fractions.items()):
        got = float((code == part).mean()) if len(code) else wanted
        if groups[part] and abs(got - wanted) > max(0.02, 2 / rows):
            notes.append(f"{name} has {got:.1%} of the images, {wanted:.1%} were requested: groups are never divided")
    return notes


def _class_notes(
    group: NDArray[np.int64],
    code: NDArray[np.int8],
    strata: Mapping[str, tuple[NDArray[np.str_], NDArray[np.int64]]],
    names: tuple[str, ...],
) -> list[str]:
    """Return messages about values of a stratum with too few groups to be in every split."""
    notes = []
    for column, (values, codes) in strata.items():
        where = np.zeros((len(values), len(names)), bool)
        where[codes, code] = True
        owners = np.bincount(
            np.unique(codes * (int(group.max(initial=0)) + 1) + group) // (int(group.max(initial=0)) + 1)
        )
        for value in np.flatnonzero(~where.all(axis=1)).tolist():
            missing = ", ".join(name for name, here in zip(names, where[value].tolist(), strict=True) if not here)
            shown = str(values[value]) or "not known"
            notes.append(
                f"{column} {shown}: {owners[value]} patient group{'s' * (int(owners[value]) != 1)}, none in {missing}"
            )
    return notes if len(notes) <= MAX_NOTES else [*notes[:MAX_NOTES], f"and {len(notes) - MAX_NOTES} more such values"]
