"""Authenticity (Alaa et al., 2022): which generated images are no nearer to a training image than real ones are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.neighbors import checked, kth_distances, nearest
from medcurate.results import Metric

_DEFAULTS = Context()


def authenticity(training: ArrayLike, generated: ArrayLike, *, context: Context = _DEFAULTS) -> Metric:
    """Measure the share of generated images that are farther from the nearest training image than its own neighbor.

    Parameters
    ----------
    training : array_like, shape (n, d)
        Real images that the generator was trained on, or may have been.
    generated : array_like, shape (m, d)

    Returns
    -------
    Metric
        In [0, 1]. A low share indicates copies. It depends on n and on how similar training images are to each other:
        compare it with the share of held-out real images.

    Raises
    ------
    UsageError
        Shapes do not fit, a value is not finite, or there are fewer than two training images.
    """
    a, b = checked(training, "training"), checked(generated, "generated")
    folds = context.parted(len(a), len(b))
    halves = [
        (float(authentic(a[x], b[y]).mean()), float(authentic(a[u], b[v]).mean())) for (x, y), (u, v) in folds.halves()
    ]
    settings = {name: value for name, value in context.settings.items() if name != "reference"}
    return replace(context, settings=settings).metric(
        "authenticity", float(authentic(a, b).mean()), halves,
        sizes=(len(a), len(b)), better="near", bounds=(0, 1), reference="training images",
    )  # fmt: skip


def authentic(training: ArrayLike, generated: ArrayLike) -> NDArray[np.bool_]:
    """Say of each generated image whether it is authentic, shape (m,)."""
    own = kth_distances(training, 1)
    distances, rows = nearest(generated, training, 1)
    return np.asarray(distances[:, 0] > own[rows[:, 0]])
