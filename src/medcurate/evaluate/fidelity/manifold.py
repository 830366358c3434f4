"""Precision and recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020).

Each image has a ball around it, which reaches to its k-th nearest neighbor on its own side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.neighbors import checked, kth_distances, within
from medcurate.results import Metric

K = 5
_DEFAULTS = Context()


class Manifold(NamedTuple):
    """How two sets of features lie in each other.

    Attributes
    ----------
    precision : float
        Share of generated images within a ball of a real image, in [0, 1]: do they look real?
    recall : float
        Share of real images within a ball of a generated image, in [0, 1]: is every kind of image generated?
    density : float
        Mean number of real balls that contain a generated image, divided by k; above 1 where they crowd around the most
        usual real images.
    coverage : float
        Share of real balls that contain a generated image, in [0, 1].
    """

    precision: float
    recall: float
    density: float
    coverage: float


class _Held(NamedTuple):
    """Where each image lies: in how many balls of the other side (generated), or in any at all (real)."""

    of_generated: NDArray[np.int64]
    real_held: NDArray[np.bool_]
    real_holds: NDArray[np.bool_]


def manifold_metrics(
    real: ArrayLike,
    generated: ArrayLike,
    *,
    k: int = K,
    subsets: Mapping[str, NDArray[np.bool_]] | None = None,
    context: Context = _DEFAULTS,
) -> tuple[Metric, ...]:
    """Measure precision, recall, density and coverage; see `Manifold`.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
    k : int
        A ball reaches to the k-th nearest neighbor.
    subsets : mapping of str to ndarray of bool, shape (n,), optional
        Real images that get a coverage of their own, such as those of one tumor type.

    Returns
    -------
    tuple of Metric
        Precision, recall, density, coverage, and ``coverage[name]`` of each subset.

    Raises
    ------
    UsageError
        Shapes do not fit, a value is not finite, or a side has no more than `k` rows.
    """
    a, b = checked(real, "real"), checked(generated, "generated")
    chosen = dict(subsets or {})
    values = _values(_held(a, b, k), k, chosen)
    halves = [
        [_values(_held(a[x], b[y], k), k, {name: mask[x] for name, mask in chosen.items()}) for x, y in pair]
        for pair in context.parted(len(a), len(b)).halves()
        if min(rows.sum() for half in pair for rows in half) > k
    ]
    found = []
    for name, value in values.items():
        counted = len(a) if name in Manifold._fields else int(chosen[name[len("coverage[") : -1]].sum())
        bounds = (0.0, np.inf) if name == "density" else (0.0, 1.0)
        pairs = [(first[name], second[name]) for first, second in halves]
        sizes = (counted, len(b))
        found.append(context.metric(name, value, pairs, sizes=sizes, better="higher", bounds=bounds, k=k))
    return tuple(found)


def manifold_values(real: ArrayLike, generated: ArrayLike, *, k: int = K) -> Manifold:
    """Measure precision, recall, density and coverage.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
    k : int
        A ball reaches to the k-th nearest neighbor.

    Raises
    ------
    UsageError
        Shapes do not fit, a value is not finite, or a side has no more than `k` rows.
    """
    values = _values(_held(real, generated, k), k, {})
    return Manifold(**values)


def _held(real: ArrayLike, generated: ArrayLike, k: int) -> _Held:
    of_generated, of_real = within(real, kth_distances(real, k), generated)
    held = within(generated, kth_distances(generated, k), real)[0]
    return _Held(of_generated, held > 0, of_real > 0)


def _values(held: _Held, k: int, subsets: Mapping[str, NDArray[np.bool_]]) -> dict[str, float]:
    found = {
        "precision": float(np.mean(held.of_generated > 0)),
        "recall": float(held.real_held.mean()),
        "density": float(held.of_generated.mean() / k),
        "coverage": float(held.real_holds.mean()),
    }
    for name, mask in subsets.items():
        found[f"coverage[{name}]"] = float(held.real_holds[mask].mean()) if mask.any() else float("nan")
    return found
