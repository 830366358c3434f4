"""Divide images at random into folds, halves or shares. Images of one patient stay together, and a seed decides.

Every part divides images by these functions. Scikit-learn's ``StratifiedGroupKFold`` is used where each fold must hold
several classes (`medcurate.evaluate.privacy.membership`). It tries every group in every fold: 10,000 images without
patients take it 1 s for 2 folds and 31 s for 32, and `fold_numbers` 0.02 s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

FOLDS = 32
"""Folds that halves are made of."""
SPLITS = 20
"""Halvings from which an interval is computed."""
FEWEST = 6
"""Fewer folds, or fewer halvings, give no interval."""


def group_numbers(groups: Sequence[object], n: int) -> NDArray[np.int64]:
    """Give each group a number, in the order in which groups first appear.

    Parameters
    ----------
    groups : sequence, length n
        Patient of each image; each None is a group of its own.
    n : int
        Number of images.

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    UsageError
        `groups` has another length than n.
    """
    if len(groups) != n:
        raise UsageError(f"groups: expected one for each of {n} images, received {len(groups)}")
    known: dict[object, int] = {}
    return np.array(
        [known.setdefault((row,) if one is None else one, len(known)) for row, one in enumerate(groups)], np.int64
    )


def fold_numbers(
    n: int,
    *,
    folds: int = FOLDS,
    groups: Sequence[object] | None = None,
    seed: int | np.random.Generator = 0,
) -> NDArray[np.int64]:
    """Divide images into folds of about equal size, whole groups. The largest groups are placed first.

    Parameters
    ----------
    n : int
        Number of images.
    folds : int
        Largest number of folds; there are never more folds than groups.
    groups : sequence, length n, optional
        Patient of each image; an image with None stands alone.

    Returns
    -------
    ndarray of int64, shape (n,)
        Fold of each image, from 0.

    Raises
    ------
    UsageError
        A number is out of range, or `groups` has another length.
    """
    if n < 1 or folds < 2:
        raise UsageError(f"n, folds: expected 1 or more and 2 or more, received {n} and {folds}")
    number = np.arange(n) if groups is None else group_numbers(groups, n)
    sizes = np.bincount(number)
    filled = np.zeros(min(folds, len(sizes)), np.int64)
    fold_of = np.empty(len(sizes), np.int64)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")].tolist():
        fold_of[group] = filled.argmin()
        filled[fold_of[group]] += sizes[group]
    return np.asarray(fold_of[number], np.int64)


def random_share(
    n: int, *, groups: Sequence[object] | None = None, share: float = 0.5, seed: int | np.random.Generator = 0
) -> NDArray[np.bool_]:
    """Draw a share of the images, half of them by default, whole groups.

    A group that the border cuts goes to the side on which most of its images lie.

    Parameters
    ----------
    n : int
        Number of images.
    groups : sequence, length n, optional
        Patient of each image; an image with None stands alone. A single group is divided image by image.
    share : float
        In (0, 1).

    Returns
    -------
    ndarray of bool, shape (n,)
        Which images are drawn: neither all nor none where n > 1.
    """
    return share_of_groups(group_numbers([None] * n if groups is None else groups, n), share=share, seed=seed)


def share_of_groups(
    number: NDArray[np.int64], *, share: float = 0.5, seed: int | np.random.Generator = 0
) -> NDArray[np.bool_]:
    """Do the same for groups that have numbers already, see `group_numbers`; for many draws of the same images."""
    n = len(number)
    if number.max(initial=0) == 0:
        number = np.arange(n)
    sizes = np.bincount(number)
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    drawn = np.empty(len(sizes), bool)
    drawn[order] = 2 * before + sizes[order] <= 2 * n * share
    if n > 1:
        drawn[order[0]], drawn[order[-1]] = True, False
    return np.asarray(drawn[number], bool)


def half_of_each(strata: dict[str, str], *, seed: int) -> set[str]:
    """Draw half of the groups of each stratum, rounded down.

    Parameters
    ----------
    strata : dict of str to str
        Stratum, such as the tumor type, of each group.

    Returns
    -------
    set of str
        The groups drawn. Where every stratum has a single group, half of all groups.
    """
    rng = np.random.default_rng(seed)
    drawn: set[str] = set()
    for stratum in sorted(set(strata.values())):
        drawn |= _half(sorted(group for group, of in strata.items() if of == stratum), rng)
    return drawn or _half(sorted(strata), rng)


def _half(groups: list[str], rng: np.random.Generator) -> set[str]:
    return {groups[place] for place in rng.permutation(len(groups))[: len(groups) // 2].tolist()}


def half_splits(folds: int, *, splits: int = SPLITS, seed: int = 0) -> NDArray[np.bool_]:
    """Choose half of the folds at random, several times.

    Returns
    -------
    ndarray of bool, shape (splits, folds)
        Which folds are in the first half; the others are the second. No split where there are too few folds.
    """
    if folds < FEWEST:
        return np.zeros((0, folds), bool)
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(folds) < folds // 2 for _ in range(splits)])
