"""Nearest neighbors of each image in feature space: their origin, and whether the image is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.neighbors import checked, nearest
from medcurate.evaluate.overlap.half_samples import Rows, compare
from medcurate.results import Metric

_LONGER, _LEAST, _MOST_KIN = 8, 40, 500
_BLOCK = 4096

_ABSENT, _REAL, _OTHER = 0, 1, 2


def neighbor_shares(
    real: ArrayLike,
    synthetic: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    k: int = 5,
    lists: NeighborLists | None = None,
    draws: int = 200,
    seed: int = 0,
    name: str = "overlap/synthetic_neighbors",
    settings: Mapping[str, Any] | None = None,
) -> tuple[Metric, Metric]:
    """Return the share of synthetic images among the k nearest of each real image, and of each synthetic one.

    Parameters
    ----------
    real, synthetic : array_like, shape (n, d) and (m, d)
        Features.
    groups : sequence of str, length n, optional
        Patient of each real image.
    lists : NeighborLists, optional
        Of real and synthetic images together, the real ones first, where they are known.
    draws, seed : int
        See `half_samples`.
    settings : mapping, optional
        Recorded with the value.

    Returns
    -------
    tuple of Metric
        In [0, 1], one half where origin plays no part, each with its real-against-real baseline. The baseline of the
        second takes other real images for synthetic ones.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are too few images.
    """
    real, synthetic = checked(real, "real"), checked(synthetic, "synthetic")
    of = groups if groups is not None else range(len(real))
    lists = lists or NeighborLists.of(np.concatenate([real, synthetic]), k, [*of, *[None] * len(synthetic)])
    found = compare(lists.shares, of, len(synthetic), draws=draws, seed=seed)
    of_real, of_synthetic = (
        found[whose].metric(
            f"{name}[{whose}]",
            n=(len(real), len(synthetic)),
            settings={**(settings or {}), "k": lists.k, "expected": 0.5, "seed": seed},
            better="near",
        )
        for whose in ("of_real", "of_synthetic")
    )
    return of_real, of_synthetic


@dataclass(frozen=True, slots=True, eq=False)
class NeighborLists:
    """Nearest neighbors of all images among all images; those within any subset follow from these.

    Images of one patient are no neighbors of each other: synthetic images have no such kin, and would seem to lie
    nearer to real images than real ones do.

    Attributes
    ----------
    rows : ndarray of int32, shape (n, length)
        Nearest first; n stands for "none".
    groups : ndarray of int64, shape (n,)
        Number of each image's patient.
    k : int
        Neighbors that count.
    """

    rows: NDArray[np.int32]
    groups: NDArray[np.int64]
    k: int

    @classmethod
    def of(cls, features: ArrayLike, k: int, groups: Sequence[object] | None = None) -> Self:
        """Search the neighbors of all images.

        Parameters
        ----------
        features : array_like, shape (n, d)
        groups : sequence, length n, optional
            Patient of each image; None within it stands alone.

        Raises
        ------
        UsageError
            There are fewer than `k` + 1 images, or a value is not finite.
        """
        n = len(np.asarray(features))
        if not 1 <= k < n:
            raise UsageError(f"k: expected 1 to {n - 1} (the number of neighbors there are), received {k}")
        length = min(list_length(k, groups), n - 1)
        return cls.among(nearest(features, features, length, skip_self=True)[1], k, groups)

    @classmethod
    def among(cls, rows: NDArray[np.int64], k: int, groups: Sequence[object] | None = None) -> Self:
        """Make the lists of neighbors that were searched before, shape (n, `list_length` or more)."""
        n = len(rows)
        number = group_numbers(groups if groups is not None else [None] * n, n)
        kin = number[rows] == number[:, None]
        order = np.argsort(kin, axis=1, kind="stable")[:, : list_length(k)]
        left = np.where(np.take_along_axis(kin, order, 1), n, np.take_along_axis(rows, order, 1))
        return cls(left.astype(np.int32), number, k)

    def shares(self, real: Rows, other: Rows) -> dict[str, float]:
        """Return the share of others among the k nearest of the real images, and of the others.

        Where origin plays no part, it is each side's share of the images that can be neighbors; from that it is
        measured, so that one half is what to expect. The excess of neighbors of the same side is the test statistic of
        Schilling (*Journal of the American Statistical Association* 81, 1986) and Henze (*Annals of Statistics* 16,
        1988).

        Returns
        -------
        dict of str to float
            ``of_real`` and ``of_synthetic``, in [0, 1].
        """
        origin = self._origins(real, other)
        found = {}
        for name, own, opposite in (("of_real", real, other), ("of_synthetic", other, real)):
            kin = np.bincount(self.groups[own])[self.groups[own]]  # the image itself among them
            mine, theirs = len(own) - kin, len(opposite)
            others = theirs if name == "of_real" else mine
            excess = self._other_shares(own, origin) - others / np.maximum(mine + theirs, 1)
            found[name] = float(np.clip(0.5 + np.nanmean(excess), 0, 1))
        return found

    def covered(self, real: Rows, other: Rows) -> NDArray[np.bool_]:
        """Say of each real image whether another side's image is nearer than its k-th nearest real neighbor.

        That is the neighborhood of *coverage* (Naeem et al., ICML 2020).

        Returns
        -------
        ndarray of bool, shape (len(real),)
        """
        origin = self._origins(real, other)
        found = np.empty(len(real), bool)
        for part in _blocks(len(real)):
            near = origin[self.rows[real[part]]]
            within = np.cumsum(near == _REAL, axis=1) < self.k
            found[part] = ((near == _OTHER) & within).any(axis=1)
        return found

    def _origins(self, real: Rows, other: Rows) -> NDArray[np.uint8]:
        origin = np.full(len(self.rows) + 1, _ABSENT, np.uint8)
        origin[real], origin[other] = _REAL, _OTHER
        return origin

    def _other_shares(self, rows: Rows, origin: NDArray[np.uint8]) -> NDArray[np.float64]:
        found = np.empty(len(rows))
        for part in _blocks(len(rows)):
            near = origin[self.rows[rows[part]]]
            present = near != _ABSENT
            counts = present & (np.cumsum(present, axis=1) <= self.k)
            with np.errstate(invalid="ignore"):
                found[part] = (counts & (near == _OTHER)).sum(axis=1) / counts.sum(axis=1)
        return found


def list_length(k: int, groups: Sequence[object] | None = None) -> int:
    """Return how many neighbors to search, so that k are left where kin do not count and half of the images are drawn.

    Parameters
    ----------
    groups : sequence, optional
        Patient of each image.
    """
    known = Counter(group for group in groups or () if group is not None)
    kin = max(known.values(), default=1) - 1
    return max(_LONGER * k, _LEAST) + min(kin, _MOST_KIN)


def _blocks(n: int) -> list[slice]:
    return [slice(at, at + _BLOCK) for at in range(0, n, _BLOCK)]
