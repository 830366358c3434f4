"""What lies next to each image in feature space: of which origin its neighbors are, and whether it is covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.neighbors import checked, nearest
from medcurate.evaluate.overlap.half_samples import Rows, compare
from medcurate.results import Metric

_LONGER, _LEAST = 8, 40
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
    k : int
    lists : NeighborLists, optional
        Of real and synthetic images together, the real ones first, where they are known.
    draws, seed : int
        Halves, see `half_samples`.
    name : str
    settings : mapping, optional
        What else the value depends on, to be recorded with it.

    Returns
    -------
    tuple of Metric
        In [0, 1], each with its expectation where origin plays no part (``settings["expected"]``), beside real against
        real. For the second, real against real takes other real images for synthetic ones.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are too few images.
    """
    real, synthetic = checked(real, "real"), checked(synthetic, "synthetic")
    lists = lists or NeighborLists.of(np.concatenate([real, synthetic]), k)
    of = groups if groups is not None else range(len(real))
    found = compare(lists.shares, of, len(synthetic), draws=draws, seed=seed)
    n = found["of_real"].a_side
    expected = {"of_real": n / (2 * n - 1), "of_synthetic": (n - 1) / (2 * n - 1)}
    of_real, of_synthetic = (
        found[whose].metric(
            f"{name}[{whose}]",
            n=(len(real), len(synthetic)),
            settings={**(settings or {}), "k": lists.k, "expected": expected[whose], "seed": seed},
            better="near",
        )
        for whose in expected
    )
    return of_real, of_synthetic


@dataclass(frozen=True, slots=True, eq=False)
class NeighborLists:
    """The nearest neighbors of all images among all images; what a choice of them sees follows from these.

    Attributes
    ----------
    rows : ndarray of int32, shape (n, length)
        Nearest first.
    k : int
        Neighbors that count.
    """

    rows: NDArray[np.int32]
    k: int

    @classmethod
    def of(cls, features: ArrayLike, k: int) -> Self:
        """Search the neighbors of all images.

        Parameters
        ----------
        features : array_like, shape (n, d)
        k : int

        Raises
        ------
        UsageError
            There are fewer than `k` + 1 images, or a value is not finite.
        """
        n = len(np.asarray(features))
        if not 1 <= k < n:
            raise UsageError(f"k: expected 1 to {n - 1} (the number of neighbors there are), received {k}")
        return cls(nearest(features, features, min(list_length(k), n - 1), skip_self=True)[1].astype(np.int32), k)

    def shares(self, real: Rows, other: Rows) -> dict[str, float]:
        """Return the share of others among the k nearest of the real images, and of the others.

        Where origin plays no part, both are n / (2 n - 1) for real images and (n - 1) / (2 n - 1) for others, of n
        images a side; the excess of neighbors of the same side is the test statistic of Schilling (*Journal of the
        American Statistical Association* 81, 1986) and Henze (*Annals of Statistics* 16, 1988).

        Returns
        -------
        dict of str to float
            ``of_real`` and ``of_synthetic``, in [0, 1].
        """
        origin = self._origins(real, other)
        found = {"of_real": real, "of_synthetic": other}
        return {name: float(np.nanmean(self._other_shares(rows, origin))) for name, rows in found.items()}

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
        origin = np.full(len(self.rows), _ABSENT, np.uint8)
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


def list_length(k: int) -> int:
    """Return how many neighbors to search, so that k are left where only half of the images are drawn."""
    return max(_LONGER * k, _LEAST)


def _blocks(n: int) -> list[slice]:
    return [slice(at, at + _BLOCK) for at in range(0, n, _BLOCK)]
