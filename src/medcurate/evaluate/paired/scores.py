"""All numbers of one pair: each measure, on the whole image, within the head and within the tumor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.paired import information_fidelity, intensity_error, structural_similarity
from medcurate.results import Better

WHOLE, HEAD, TUMOR = "whole", "head", "tumor"
LEAST_TUMOR = 16
"""Pixels that a tumor must have to be measured in."""


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """The meaning of one column of the scores."""

    name: str
    title: str
    better: Better
    unit: str
    definition: str


MEASURES = (
    ScoreColumn("nmae", "normalized mean absolute error", "lower", "", "mean |real - synthetic| / data range"),
    ScoreColumn(
        "relative_error",
        "relative absolute error",
        "lower",
        "",
        "sum |real - synthetic| / sum (real - its least value)",
    ),
    ScoreColumn("psnr", "peak signal-to-noise ratio", "higher", "dB", "10 log10(data range^2 / mean squared error)"),
    ScoreColumn("ssim", "structural similarity", "higher", "", "Gaussian window 11, sigma 1.5, K 0.01 and 0.03"),
    ScoreColumn("ms_ssim", "multi-scale structural similarity", "higher", "", "as ssim, scales by blocks of 2"),
    ScoreColumn(
        "vif", "visual information fidelity", "higher", "", "pixel form, 4 scales, noise variance 2 at range 255"
    ),
)
"""In the order of the columns."""

Mask = NDArray[np.bool_] | None


def score_pair(
    real: NDArray[Any], synthetic: NDArray[Any], regions: Mapping[str, Mask], *, data_range: float
) -> dict[str, NDArray[np.float64]]:
    """Return the numbers of one pair.

    Parameters
    ----------
    real, synthetic : ndarray, shape (height, width) or (x, y, z)
    regions : mapping of str to (ndarray of bool or None)
        Where to look, by name; None is everywhere.

    Returns
    -------
    dict of str to ndarray, shape (6,)
        By region, in the order of `MEASURES`; NaN where an image is too small or the region is empty.
    """
    return {name: _of_region(real, synthetic, mask, name, data_range) for name, mask in regions.items()}


def regions_of(head: NDArray[np.bool_], tumor: NDArray[Any] | None) -> dict[str, Mask]:
    """Return the regions that are measured: the whole, the head where there is one, the tumor where it is marked."""
    found: dict[str, Mask] = {WHOLE: None}
    if head.any():
        found[HEAD] = head
    if tumor is not None and int((tumor > 0).sum()) >= LEAST_TUMOR:
        found[TUMOR] = tumor > 0
    return found


def _of_region(
    real: NDArray[Any], synthetic: NDArray[Any], mask: Mask, name: str, data_range: float
) -> NDArray[np.float64]:
    found = np.full(len(MEASURES), np.nan)
    for place, error in enumerate((intensity_error.nmae, intensity_error.relative_error, intensity_error.psnr)):
        found[place] = error(real, synthetic, data_range=data_range, mask=mask)
    if min(real.shape) >= structural_similarity.WINDOW:
        found[3:5] = structural_similarity.both(real, synthetic, data_range=data_range, mask=mask)
    # The outline of a small region, which both images share, would be most of what VIF sees there.
    if name != TUMOR and min(real.shape[:2]) >= information_fidelity.LEAST_SIDE:
        found[5] = information_fidelity.vif(real, synthetic, data_range=data_range, mask=mask)
    return found
