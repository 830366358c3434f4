"""Size and form of the head in a picture: how much of it the head fills, how tall it is, how wide for its height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def head_area(head: NDArray[np.bool_]) -> float:
    """Return the share of the picture that the head covers, in [0, 1]; 0 where there is none."""
    return float(head.mean())


def head_height(head: NDArray[np.bool_]) -> float:
    """Return the height of the head as a share of the picture's, in (0, 1]; NaN where there is none."""
    rows = np.flatnonzero(head.any(axis=1))
    return float((rows[-1] - rows[0] + 1) / head.shape[0]) if rows.size else float("nan")


def head_aspect(head: NDArray[np.bool_]) -> float:
    """Return the width of the head over its height; NaN where there is none."""
    rows, columns = np.flatnonzero(head.any(axis=1)), np.flatnonzero(head.any(axis=0))
    if not rows.size:
        return float("nan")
    return float((columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1))
