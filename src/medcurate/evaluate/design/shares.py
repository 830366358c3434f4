"""The interval of a share (a proportion)."""

from __future__ import annotations

from math import sqrt

_Z = 1.959964  # of 95 %


def share_interval(count: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, in [0, 1] (Wilson, 1927); (0, 1) if n is 0.

    Parameters
    ----------
    count : float
        Number of hits; a tie may count as half.
    n : int
        Number of images.
    """
    if not n:
        return 0.0, 1.0
    share, spread = count / n, _Z * _Z
    center = (share + spread / (2 * n)) / (1 + spread / n)
    half = _Z * sqrt(share * (1 - share) / n + spread / (4 * n * n)) / (1 + spread / n)
    return max(0.0, center - half), min(1.0, center + half)
