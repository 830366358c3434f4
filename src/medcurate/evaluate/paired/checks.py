"""What every metric of a pair asks of its arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError


def check_pair(
    real: NDArray[Any],
    synthetic: NDArray[Any],
    data_range: float,
    mask: NDArray[np.bool_] | None = None,
    *,
    least_side: int = 1,
) -> None:
    """Raise an error where two images are no pair that can be compared.

    Parameters
    ----------
    real, synthetic : ndarray, shape (height, width) or (x, y, z)
    least_side : int
        What the shortest side must have at least (pixels).

    Raises
    ------
    UsageError
        The shapes differ, are too small, are neither 2-D nor 3-D, the range is not positive, or the mask is empty.
    """
    if real.shape != synthetic.shape:
        raise UsageError(f"a pair must have one shape; received {real.shape} and {synthetic.shape}")
    if real.ndim not in (2, 3):
        raise UsageError(f"a pair: expected pictures or volumes, received arrays of shape {real.shape}")
    if min(real.shape) < least_side:
        raise UsageError(f"a pair: expected {least_side} pixels a side or more, received {real.shape}")
    if not (np.isfinite(data_range) and data_range > 0):
        raise UsageError(f"data_range: expected a number above 0, received {data_range}")
    if mask is not None and (mask.shape != real.shape or mask.dtype != np.bool_):
        raise UsageError(f"mask: expected bool of shape {real.shape}, received {mask.dtype} of shape {mask.shape}")
    if mask is not None and not mask.any():
        raise UsageError("mask: expected at least one pixel, received an empty mask")
