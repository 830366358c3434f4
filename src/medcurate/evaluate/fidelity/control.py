"""Real against real at small numbers: the patients of both real sets are divided anew many times.

One comparison of two small real sets says little, and its halves say less. Here held-out images and real training
images are put together, their patients are divided at random, and each division is measured as synthetic images are
measured. What 95 % of the divisions give is what real images may give. Each division is measured a second time without
one of its kinds of images: that says whether the measure would notice a missing kind at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from medcurate.evaluate.design.bootstrap import LEVEL
from medcurate.evaluate.design.floor import FEWEST_PATIENTS
from medcurate.evaluate.design.folds import group_numbers, share_of_groups
from medcurate.evaluate.fidelity.folds import PART
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.vendi import vendi_value
from medcurate.parallel.blas_threads import limit_blas_threads
from medcurate.results import Metric

MOST = 600
"""Real images of both sets together, beyond which halves of the images give the intervals: they cost less."""
DRAWS = 40
"""Divisions; with one in 40 beyond it, the interval's end is still measured."""
PARTS = 4
"""Kinds of images where no two tumor types are known: clusters by k-means."""
SPLIT = "training_against_held_out"
"""Key of a baseline's settings: the value of the training images that were compared with the held-out ones."""
_VARIETY = ("recall", "coverage")

Features = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Real images that are divided anew.

    Attributes
    ----------
    features : ndarray of float32, shape (n, d)
    groups : sequence, length n
        Patient of each image; an image with None stands alone.
    kinds : ndarray of object, shape (n,)
        Tumor type of each image, or None.
    subsets : mapping of str to ndarray of bool, shape (n,)
        Images that get a coverage of their own.
    """

    features: Features
    groups: Sequence[object]
    kinds: NDArray[np.object_]
    subsets: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """What real images give against real images.

    Attributes
    ----------
    values : mapping of str to ndarray of float64, shape (draws,)
        By name of the quantity.
    whole, lacking : mapping of str to ndarray of float64, shape (draws,)
        Recall and coverage by so many real images of every kind, and by as many that lack one kind.
    patients, images : int
        Of both sets together; an image whose patient is not known counts as a patient.
    lacked : str
        What the kinds are.
    """

    values: Mapping[str, NDArray[np.float64]]
    whole: Mapping[str, NDArray[np.float64]]
    lacking: Mapping[str, NDArray[np.float64]]
    patients: int
    images: int
    lacked: str

    def interval(self, name: str) -> tuple[float, float]:
        """Return what 95 % of the divisions give."""
        known = self.values[name][np.isfinite(self.values[name])]
        low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(known) else (np.nan, np.nan)
        return float(low), float(high)

    def mean(self, name: str) -> float:
        """Return the mean of the divisions; NaN where none gave a value."""
        known = self.values[name][np.isfinite(self.values[name])]
        return float(known.mean()) if len(known) else float("nan")

    def record(self, name: str) -> dict[str, Any]:
        """Return what stands in the settings of the baseline of a quantity."""
        found: dict[str, Any] = {
            "interval": f"95 % of {len(self.values[name])} divisions of the real images by patient",
            "redivided_patients": self.patients,
            "redivided_images": self.images,
        }
        return found | (self._missed(name) if name in self.whole else {})

    def _missed(self, name: str) -> dict[str, Any]:
        """Return how often one missing kind is noticed, how far it lowers the value, and how widely that scatters."""
        whole, lacking = self.whole[name], self.lacking[name]
        if not len(whole):
            return {}
        limit = float(np.quantile(whole, (1 - LEVEL) / 2))
        return {
            "missing_kind": self.lacked,
            "missing_kind_noticed": float((lacking < limit).mean()),
            "missing_kind_drop": float((whole - lacking).mean()),
            "missing_kind_drop_error": float((whole - lacking).std() / np.sqrt(len(whole))),
            "scatter": float(whole.std()),
        }


def redivide(pool: Pool, first: int, *, k: int, seed: int, draws: int = DRAWS) -> Control | None:
    """Divide real images anew and measure each division.

    Parameters
    ----------
    pool : Pool
    first : int
        Held-out images: as many, about, are compared with in each division.
    k : int
        Of precision, recall, density and coverage.

    Returns
    -------
    Control or None
        None with more than `MOST` images, or fewer than `FEWEST_PATIENTS` patients.
    """
    number = group_numbers(pool.groups, len(pool.groups))
    if len(number) > MOST or int(number.max()) + 1 < FEWEST_PATIENTS:
        return None
    with limit_blas_threads(1):
        return _divided(pool, number, first / len(number), k, draws, seed)


def _divided(pool: Pool, number: Rows, share: float, k: int, draws: int, seed: int) -> Control | None:
    rng = np.random.default_rng(seed)
    kinds, lacked = _kinds(pool, seed)
    pairs = _Pairs.of(pool)
    parts = sorted(set(kinds.tolist()) - {None})
    found: list[dict[str, float]] = []
    whole: list[dict[str, float]] = []
    lacking: list[dict[str, float]] = []
    for draw in range(draws):
        chosen = share_of_groups(number, share=share, seed=rng)
        a, b = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        if min(len(a), len(b)) <= k + 1:
            continue
        found.append(pairs.values(a, b, k))
        some = b[kinds[b] != parts[draw % len(parts)]] if len(parts) > 1 else b
        if k + 1 < len(some) < len(b):
            as_many = np.sort(rng.permutation(b)[: len(some)])
            whole.append(pairs.shares(a, as_many, k))
            lacking.append(pairs.shares(a, some, k))
    if not found:
        return None
    tables = _table(found, found[0]), _table(whole, _VARIETY), _table(lacking, _VARIETY)
    return Control(*tables, int(number.max()) + 1, len(number), lacked)


def _table(rows: Sequence[Mapping[str, float]], names: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([row[name] for row in rows], np.float64) for name in names}


def on_control(baseline: Metric, control: Control | None) -> Metric:
    """Return a baseline with the mean and the interval of the divisions, where there are any of its quantity.

    The interval also holds the one value of training against held-out images, which is recorded: where the split is not
    at random, a generator that learned from the training images cannot do better.
    """
    name = baseline.name.removeprefix(f"{PART}/")
    if control is None or name not in control.values:
        return baseline
    low, high = control.interval(name)
    split = baseline.value
    interval = None if np.isnan([low, split]).any() else (min(low, split), max(high, split))
    settings = {**baseline.settings, **control.record(name), SPLIT: split}
    return replace(baseline, value=control.mean(name), interval=interval, settings=settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Distance and kernel of every two images of the pool: each division only looks them up."""

    pool: Pool
    distances: NDArray[np.float64]
    kernels: NDArray[np.float64]

    @classmethod
    def of(cls, pool: Pool) -> _Pairs:
        table = pool.features.astype(np.float64)
        return cls(pool, cdist(table, table), (table @ table.T / table.shape[1] + 1) ** 3)

    def values(self, a: Rows, b: Rows, k: int) -> dict[str, float]:
        one, other = self.pool.features[a], self.pool.features[b]
        covered = self._holds(a, b, k)
        found = {
            "frechet_distance": frechet_value(one, other),
            "kernel_distance": self._kernel_distance(a, b),
            "vendi_score": vendi_value(other),
            **self.shares(a, b, k),
        }
        for name, mask in self.pool.subsets.items():
            chosen = mask[a]
            found[f"coverage[{name}]"] = float(covered[chosen].mean()) if chosen.any() else float("nan")
        return found

    def shares(self, a: Rows, b: Rows, k: int) -> dict[str, float]:
        """Return precision, recall, density and coverage, see `medcurate.evaluate.fidelity.manifold.Manifold`."""
        gaps = self.distances[np.ix_(a, b)]
        held = gaps <= self._radii(a, k)[:, None]
        return {
            "precision": float(held.any(axis=0).mean()),
            "recall": float((gaps <= self._radii(b, k)[None]).any(axis=1).mean()),
            "density": float(held.sum(axis=0).mean() / k),
            "coverage": float(held.any(axis=1).mean()),
        }

    def _holds(self, a: Rows, b: Rows, k: int) -> NDArray[np.bool_]:
        return np.asarray((self.distances[np.ix_(a, b)] <= self._radii(a, k)[:, None]).any(axis=1))

    def _radii(self, rows: Rows, k: int) -> NDArray[np.float64]:
        """Return the distance of each image to its k-th neighbor; the image itself is the 0-th."""
        return np.asarray(np.partition(self.distances[np.ix_(rows, rows)], k, axis=1)[:, k])

    def _kernel_distance(self, a: Rows, b: Rows) -> float:
        own = [self.kernels[np.ix_(rows, rows)] for rows in (a, b)]
        within = sum(float(one.sum() - np.trace(one)) / (len(one) * (len(one) - 1)) for one in own)
        return within - 2 * float(self.kernels[np.ix_(a, b)].mean())


def _kinds(pool: Pool, seed: int) -> tuple[NDArray[np.object_], str]:
    """Return the kind of each image, and what the kinds are: tumor types, or else clusters."""
    if len({kind for kind in pool.kinds.tolist() if kind is not None}) > 1:
        return pool.kinds, "one tumor type"
    from sklearn.cluster import KMeans

    count = min(PARTS, len(np.unique(pool.features, axis=0)))
    labels = KMeans(count, n_init=3, random_state=seed).fit_predict(pool.features)
    return np.array([int(label) for label in labels], object), f"one of {count} clusters"
