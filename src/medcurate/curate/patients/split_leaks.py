"""Leaks: a patient, or copies of one image, in two splits."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import LeakError, UsageError

SHOWN = 5
"""Number of leaks listed in an error."""

_FOLDERS = {
    **dict.fromkeys(("train", "training", "trainset", "train_set", "training_set", "tr"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "validation_set"), "val"),
    **dict.fromkeys(("test", "testing", "testset", "test_set", "testing_set"), "test"),
}


def check_leaks(
    splits: Sequence[str],
    groups: Sequence[str] | NDArray[np.str_],
    duplicates: Sequence[str | None] | None = None,
) -> None:
    """Raise if a patient group or a cluster of copies is in two splits.

    Parameters
    ----------
    splits, groups : sequence of str, length n
        ``split`` and ``patient_group`` of each row.
    duplicates : sequence of str or None, length n, optional
        Name of the cluster of copies of each row, None for a row without copies.

    Raises
    ------
    LeakError
        With the first few leaks. This is a bug of medcurate: exit code 70.
    """
    if leaks := find_leaks(splits, groups, duplicates):
        raise LeakError(f"the splits leak and must not be used for training: {_first(leaks)}. Please report this")


def find_leaks(
    splits: Sequence[str],
    groups: Sequence[str] | NDArray[np.str_],
    duplicates: Sequence[str | None] | None = None,
) -> list[str]:
    """Return one sorted line per patient group or cluster of copies in more than one split.

    Parameters
    ----------
    splits, groups, duplicates
        As in `check_leaks`.

    Raises
    ------
    UsageError
        If they differ in length.
    """
    for name, column in (("groups", groups), ("duplicates", duplicates)):
        if column is not None and len(column) != len(splits):
            raise UsageError(f"{name}: expected {len(splits)} values, one per row, received {len(column)}")
    leaks = _in_two("patient group", splits, groups)
    return leaks if duplicates is None else leaks + _in_two("duplicates of", splits, duplicates)


def _in_two(what: str, splits: Sequence[str], names: Sequence[str | None] | NDArray[np.str_]) -> list[str]:
    """Return one line per name in two splits."""
    split_names, split = coded_names(splits)
    cluster_names, cluster = coded_names(names)
    pairs = np.unique(cluster * max(1, len(split_names)) + split)
    owner, part = pairs // max(1, len(split_names)), pairs % max(1, len(split_names))
    shared = np.flatnonzero(np.bincount(owner, minlength=len(cluster_names)) > 1).tolist()
    return [
        f"{what} {cluster_names[name]} in {' and '.join(split_names[part[owner == name]])}"
        for name in shared
        if cluster_names[name]  # '' means a row without copies
    ]


def _first(leaks: list[str]) -> str:
    shown = "; ".join(leaks[:SHOWN])
    return shown + (f"; and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else "")


def keep_splits(
    paths: Sequence[str],
    groups: Sequence[str] | NDArray[np.str_],
    duplicates: Sequence[str | None] | None = None,
) -> list[str]:
    """Return the splits in the folder names of the input (``Training``, ``Testing``, ``val``), if they do not leak.

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
        If a path contains no split or several, or the splits leak; the message lists the first few.
    """
    found = [split_of_path(path) for path in paths]
    lost = [path for path, split in zip(paths, found, strict=True) if split is None]
    if lost:
        raise UsageError(
            f"keep-splits: expected one folder train, val or test (or the like) in every path, "
            f"found none or several in {len(lost)} of {len(paths)}, e.g. {lost[0]}. "
            "Omit --keep-splits to create splits"
        )
    splits = [split for split in found if split is not None]
    if leaks := find_leaks(splits, groups, duplicates):
        raise UsageError(
            f"keep-splits: these splits leak, so a model would be tested on training data ({len(leaks)} leaks): "
            f"{_first(leaks)}. Omit --keep-splits to create splits that do not leak"
        )
    return splits


def coded_names(values: Sequence[str | None] | NDArray[np.str_]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Return the sorted distinct values, with None as '', and the index of each value among them."""
    known = ["" if value is None else str(value) for value in values]
    names, codes = np.unique(np.array(known, np.str_), return_inverse=True)
    return names, codes.astype(np.int64)


def split_of_path(path: str) -> str | None:
    """Return the split in the folder names of the path, None if there is none or several."""
    folders = re.split(r"[/!]", path)[:-1]
    found = {split for folder in folders for word, split in _FOLDERS.items() if folder.lower() == word}
    return found.pop() if len(found) == 1 else None
