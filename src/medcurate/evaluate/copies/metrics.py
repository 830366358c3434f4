"""Copies and repeats as metrics: their share, the same share between real images, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.copies.clustered_share import ClusteredShare, clustered_share
from medcurate.evaluate.copies.search import Matches
from medcurate.results import Metric

TRAINING = "copies/training"
HELD_OUT = "copies/held_out"
REPEATS = "copies/repeats"
RULE = "the 95 % interval lies above that of real images"
"""When there are more copies than between real images."""


def copy_metric(
    name: str,
    synthetic: Matches,
    real: Matches,
    *,
    likeness: float,
    groups: Sequence[object] | None = None,
    real_groups: Sequence[object] | None = None,
    equal: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Metric:
    """Return the share of synthetic images that are copies, and the same between real images.

    Parameters
    ----------
    name : str
        `TRAINING`, `HELD_OUT` or `REPEATS`.
    synthetic, real : Matches
        Closest images of synthetic images, and of real ones.
    likeness : float
        From which on two images are copies of each other; equal ones always are.
    groups, real_groups : sequence, optional
        Patient of each synthetic and of each real image. Intervals are those of patients.
    equal : tuple of two ndarray of bool, optional
        Which of all synthetic and of all real images are equal to another one of their side, where only some of them
        are in `synthetic` and `real`; those of `synthetic` and `real` by default. Equal images are also judged alone,
        image by image: patients have nothing to do with them.
    settings : mapping, optional
        What else is to be recorded.

    Returns
    -------
    Metric
        Its settings say whether there are more copies than between real images (``beyond``), see `RULE`.
    """
    found, floor = (
        clustered_share(matches.equal | (matches.likeness >= likeness), patients)
        for matches, patients in ((synthetic, groups), (real, real_groups))
    )
    equal_synthetic, equal_real = equal or (synthetic.equal, real.equal)
    beyond = found.beyond(floor) or clustered_share(equal_synthetic).beyond(clustered_share(equal_real))
    record: dict[str, Any] = {**(settings or {}), "likeness": likeness, "unit_of_n": "images"}
    own = record | {
        "copies": round(found.value * found.n),
        "equal": int(equal_synthetic.sum()),
        "beyond": beyond,
        "rule": RULE,
    }
    return _metric(name, found, own).with_baseline(_metric(name, floor, record))


def _metric(name: str, share: ClusteredShare, record: Mapping[str, Any]) -> Metric:
    about = {**record, "patients": share.patients, "independent_images": round(share.independent, 1)}
    return Metric(name, share.value, share.interval, share.n, about, better="lower")
