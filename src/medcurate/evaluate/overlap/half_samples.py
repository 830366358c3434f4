"""Halves of both sides, drawn many times: value, interval and real-against-real baseline for equal numbers of images.

Statistics of neighbors and densities depend on the number of images. So synthetic images are compared with as many real
ones as one half of the real images is compared with the other. Drawing with replacement would not do: an image drawn
twice is its own nearest neighbor, and that bootstrap is wrong for statistics of neighbors (Abadie & Imbens,
*Econometrica* 76, 2008). Halves drawn without replacement vary as the estimate of the whole does (McCarthy, *Review of
the International Statistical Institute* 37, 1969; Shao & Wu, *Annals of Statistics* 17, 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import group_numbers, share_of_groups
from medcurate.results import Metric

LEVEL = 0.95

Rows = NDArray[np.int64]
Statistic = Callable[[Rows, Rows], Mapping[str, float]]
"""Of rows of real images and as many others, both numbered within real and synthetic images together."""


class Halves(NamedTuple):
    """One draw of equally many rows per side; rows are numbered with the real images first, then the synthetic.

    Attributes
    ----------
    real : ndarray of int64, shape (n,)
        Real images that are compared with.
    held : ndarray of int64, shape (n,)
        Other real images, of other patients.
    synthetic : ndarray of int64, shape (n,)
    """

    real: Rows
    held: Rows
    synthetic: Rows


def half_samples(groups: Sequence[object], n_synthetic: int, *, draws: int, seed: int) -> Iterator[Halves]:
    """Draw halves of the real and of the synthetic images.

    Parameters
    ----------
    groups : sequence, length n
        Patient of each real image; rows of one patient are never on both sides. An image with None stands alone.

    Raises
    ------
    UsageError
        Fewer than two groups of real images, fewer than two synthetic images, or no draws.
    """
    group = group_numbers(groups, len(groups))
    patients = int(group.max(initial=-1)) + 1
    if patients < 2 or n_synthetic < 2 or draws < 1:
        raise UsageError(
            "expected 2 or more patients (or images, where patients are not known) of held-out real images, 2 or more "
            f"synthetic images and 1 or more draws, received {patients}, {n_synthetic} and {draws}"
        )
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        first = share_of_groups(group, seed=rng)
        real, held = (rng.permutation(np.flatnonzero(first == side)) for side in (True, False))
        n = min(len(real), len(held), n_synthetic // 2)
        yield Halves(real[:n], held[:n], len(group) + rng.permutation(n_synthetic)[:n])


@dataclass(frozen=True, slots=True)
class HalfValues:
    """A statistic of real against synthetic, and of real against real, in every draw.

    Attributes
    ----------
    values, baselines : ndarray of float64, shape (draws,)
        NaN where a draw gave none.
    a_side : int
        Images per side (median of the draws).
    patients : int
        Patients of the real images; images where patients are not known.
    """

    values: NDArray[np.float64]
    baselines: NDArray[np.float64]
    a_side: int
    patients: int

    @property
    def gap(self) -> float:
        """Mean difference, within each draw, of synthetic images from real against real."""
        return _mean(self.values - self.baselines)

    @property
    def gap_interval(self) -> tuple[float, float]:
        """95 % interval of `gap`."""
        return _span(self.values - self.baselines)

    def metric(
        self,
        name: str,
        *,
        n: tuple[int, int],
        settings: Mapping[str, Any],
        better: Literal["higher", "lower", "near"],
    ) -> Metric:
        """Return the mean over all draws with its interval and its real-against-real baseline.

        Parameters
        ----------
        n : tuple of int
            Real and synthetic images.
        better : {'higher', 'lower', 'near'}
        """
        record = {
            **settings,
            "draws": len(self.values),
            "images_a_side": self.a_side,
            "patients": self.patients,
            "interval": "halves drawn without replacement",
        }
        baseline = Metric(name, _mean(self.baselines), _span(self.baselines), n[0], record, better=better)
        gap = {"gap": self.gap, "gap_interval": list(self.gap_interval), "n_real": n[0], "n_synthetic": n[1]}
        return Metric(name, _mean(self.values), _span(self.values), sum(n), {**record, **gap}, baseline, better)


def compare(
    statistic: Statistic, groups: Sequence[object], n_synthetic: int, *, draws: int, seed: int
) -> dict[str, HalfValues]:
    """Take a statistic of real against synthetic and of real against real images, in many halves.

    Parameters
    ----------
    groups : sequence, length n
        See `half_samples`.

    Returns
    -------
    dict of str to HalfValues
        By the names that the statistic gives its values.
    """
    pairs, sizes = [], []
    patients = int(group_numbers(groups, len(groups)).max(initial=-1)) + 1
    for halves in half_samples(groups, n_synthetic, draws=draws, seed=seed):
        pairs.append((statistic(halves.real, halves.synthetic), statistic(halves.real, halves.held)))
        sizes.append(len(halves.real))
    return {
        name: HalfValues(
            np.array([value[name] for value, _ in pairs], float),
            np.array([baseline[name] for _, baseline in pairs], float),
            int(np.median(sizes)),
            patients,
        )
        for name in pairs[0][0]
    }


def _mean(values: NDArray[np.float64]) -> float:
    found = values[~np.isnan(values)]
    return float(found.mean()) if len(found) else float("nan")


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    found = values[~np.isnan(values)]
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(found) else (np.nan, np.nan)
    return float(low), float(high)
