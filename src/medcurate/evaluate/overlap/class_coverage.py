"""Cluster coverage of each class: its real images, compared with the synthetic images of the same class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.overlap.cluster_coverage import cluster_coverage
from medcurate.results import Metric

LEAST = 10
"""Classes with fewer images than this, on either side, get no coverage."""

Features = NDArray[np.float32]


def class_coverage(
    features: tuple[Features, Features],
    names: tuple[Sequence[str | None], Sequence[str | None]],
    *,
    label: str,
    groups: Sequence[str],
    settings: Mapping[str, Any],
    k: int,
    **options: Any,
) -> Iterator[Metric]:
    """Yield the coverage of each class of the real images.

    Parameters
    ----------
    features : tuple of ndarray of float32, shape (n, d) and (m, d)
        Of the real and of the synthetic images.
    names : tuple of sequence of str or None, length n and m
        Class of each image. Nothing is yielded if no synthetic image has one.
    label : str
        What the classes mean: ``tumor`` or ``plane``.
    groups : sequence of str, length n
        Patient of each real image.
    settings : mapping
        Recorded with each value.
    k : int
        See `cluster_coverage`, and for the other options.

    Yields
    ------
    Metric
        0 if no synthetic image is of the class; NaN, with the reason, if there are too few images.
    """
    (real, synthetic), (of_real, of_synthetic) = features, names
    labeled = any(name is not None for name in of_synthetic)
    for value in sorted({name for name in of_real if name is not None}) if labeled else ():
        name = f"overlap/cluster_coverage[{label}={value}]"
        ours = np.flatnonzero([one == value for one in of_real])
        theirs = np.flatnonzero([one == value for one in of_synthetic])
        of = [groups[row] for row in ours.tolist()]
        counts = {"n_real": len(ours), "n_synthetic": len(theirs)}
        if len(theirs) == 0:
            why = {**settings, **counts, "why": f"no synthetic image is called {value}"}
            yield Metric(name, 0.0, None, len(ours), why, better="higher")
        elif min(len(ours), len(theirs)) < max(LEAST, 2 * k) or len(set(of)) < 2:
            why = {**settings, **counts, "why": f"fewer than {max(LEAST, 2 * k)} images, or one patient"}
            yield Metric(name, float("nan"), None, len(ours) + len(theirs), why, better="higher")
        else:
            yield cluster_coverage(
                real[ours], synthetic[theirs], groups=of, name=name, settings=settings, k=k, **options
            )
