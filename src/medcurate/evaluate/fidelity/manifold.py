"""Precision and recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020).

Each image stands for a ball around it that reaches to its k-th nearest neighbor of its own side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from medcurate.evaluate.neighbors import kth_distances, within

K = 5


class Manifold(NamedTuple):
    """How two sets of features lie in each other.

    Attributes
    ----------
    precision : float
        Share of generated images within a ball of the real ones: do they look real? In [0, 1].
    recall : float
        Share of real images within a ball of the generated ones: is every kind made? In [0, 1].
    density : float
        How many real balls hold a generated image, over k: above 1 where they crowd at the most usual real images.
    coverage : float
        Share of real balls that hold a generated image, in [0, 1].
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_values(real: ArrayLike, generated: ArrayLike, *, k: int = K) -> Manifold:
    """Measure precision, recall, density and coverage.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
    k : int
        Neighbors that a ball reaches to.

    Raises
    ------
    UsageError
        Shapes do not fit, a value is not finite, or a side has no more than `k` rows.
    """
    of_generated, of_real = within(real, kth_distances(real, k), generated)
    held = within(generated, kth_distances(generated, k), real)[0]
    return Manifold(
        precision=float(np.mean(of_generated > 0)),
        recall=float(np.mean(held > 0)),
        density=float(of_generated.mean() / k),
        coverage=float(np.mean(of_real > 0)),
    )
