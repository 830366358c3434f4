"""Errors of gray values between the two images of a pair: normalized mean absolute error, and PSNR.

Two normalizations are in use, and papers often leave open which they mean. `nmae` divides by the data range, as most
work on the synthesis of MR contrasts does; `relative_error` divides by the mean of the real image. They differ by a
factor of three to ten, for most of a picture is dark.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.paired.checks import check_pair


def nmae(
    real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: NDArray[np.bool_] | None = None
) -> float:
    """Return the mean absolute error, as a share of the data range.

    Parameters
    ----------
    real, synthetic : ndarray, shape (height, width) or (x, y, z)
    data_range : float
        Largest minus least value that is possible (255 for 8 bits), above 0.
    mask : ndarray of bool, optional
        Where to look; everywhere by default.

    Returns
    -------
    float
        0 where both are equal, at most 1 for values within the range.

    Raises
    ------
    UsageError
        The shapes differ, the range is not positive, or the mask is empty.
    """
    check_pair(real, synthetic, data_range, mask)
    return float(np.abs(_gap(real, synthetic, mask)).mean() / data_range)


def relative_error(
    real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: NDArray[np.bool_] | None = None
) -> float:
    """Return the sum of absolute errors, as a share of the sum of the real values; parameters as of `nmae`.

    Values count from the least of the real image, so that z-scores have an answer, too. NaN where the real image is
    constant.
    """
    check_pair(real, synthetic, data_range, mask)
    values = _chosen(real, mask)
    total = float((values - np.asarray(real, np.float64).min()).sum())
    return float(np.abs(_gap(real, synthetic, mask)).sum()) / total if total > 0 else float("nan")


def psnr(
    real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: NDArray[np.bool_] | None = None
) -> float:
    """Return the peak signal-to-noise ratio in dB, infinite where both are equal; parameters as of `nmae`."""
    check_pair(real, synthetic, data_range, mask)
    squared = float(np.square(_gap(real, synthetic, mask)).mean())
    return float(10 * np.log10(data_range**2 / squared)) if squared > 0 else float("inf")


def _chosen(pixels: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    return np.asarray(pixels if mask is None else pixels[mask], np.float64)


def _gap(real: NDArray[Any], synthetic: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    return _chosen(real, mask) - _chosen(synthetic, mask)
