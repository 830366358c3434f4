"""Vendi score: the effective number of different images (Friedman and Dieng, 2023)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.neighbors import Features, checked
from medcurate.parallel.blas_threads import limit_blas_threads
from medcurate.results import Metric

_DEFAULTS = Context()
_SMALL = 512


def vendi_score(generated: ArrayLike, *, context: Context = _DEFAULTS) -> Metric:
    """Measure the exponential of the entropy of the eigenvalues of the images' cosine similarities.

    Parameters
    ----------
    generated : array_like, shape (n, d)
        Centered on real images, as `medcurate.encoders.fit_scale` does; or else all cosines are near one.

    Returns
    -------
    Metric
        From 1, all images equal, to the smaller of n and d, all different. The score of as many real images says what
        to expect: more is not better, as images may differ by their faults.

    Raises
    ------
    UsageError
        No table, or a value is not finite.
    """
    rows = checked(generated, "generated")
    folds = replace(context, groups=context.other_groups).parted(len(rows), len(rows))
    halves = [(vendi_value(rows[x]), vendi_value(rows[y])) for (x, _), (y, _) in folds.halves()]
    return context.metric(
        "vendi_score", vendi_value(rows), halves, sizes=(0, len(rows)), better="near",
        bounds=(1, np.inf), similarity="cosine",
    )  # fmt: skip


def vendi_value(generated: ArrayLike) -> float:
    """Return the score; the similarities are never formed where there are fewer features than images."""
    rows: Features = checked(generated, "generated").astype(np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.where(norms > 0, norms, 1)
    product = rows.T @ rows if rows.shape[1] < len(rows) else rows @ rows.T
    with limit_blas_threads(1 if len(product) <= _SMALL else None):
        values = linalg.eigvalsh(product)
    total = values.sum()
    if total <= 0:
        return 1.0
    shares = values[values > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))
