"""Masks made by formula, so that other programs can make the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def ellipsoid(shape: Sequence[int], center: Sequence[float], radii: Sequence[float]) -> Mask:
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    return sum(((a - c) / r) ** 2 for a, c, r in zip(axes, center, radii, strict=True)) <= 1  # type: ignore[no-any-return]


def two(shape: Sequence[int], *parts: tuple[Sequence[float], Sequence[float]]) -> Mask:
    return np.any([ellipsoid(shape, center, radii) for center, radii in parts], axis=0)


PAIRS: Mapping[str, tuple[Mask, Mask, tuple[float, ...]]] = {
    "2-D, shifted": (ellipsoid((40, 48), (20, 20), (9, 12)), ellipsoid((40, 48), (23, 26), (9, 12)), (1.0, 1.0)),
    "2-D, a part far away": (
        two((40, 48), ((12, 12), (6, 6)), ((33, 40), (3, 2))),
        ellipsoid((40, 48), (13, 14), (7, 5)),
        (0.9375, 1.2),
    ),
    "2-D, at the border, with a hole": (
        ellipsoid((32, 32), (2, 10), (8, 9)) & ~ellipsoid((32, 32), (3, 10), (3, 3)),
        ellipsoid((32, 32), (4, 12), (9, 8)),
        (3.046875, 3.06),
    ),
    "3-D, anisotropic": (
        ellipsoid((24, 28, 16), (12, 13, 8), (8, 9, 5)),
        ellipsoid((24, 28, 16), (13, 15, 7), (7, 9, 6)),
        (1.0, 1.0, 3.5),
    ),
    "3-D, apart": (
        ellipsoid((20, 20, 20), (5, 5, 5), (3, 3, 3)),
        ellipsoid((20, 20, 20), (14, 15, 13), (4, 2, 5)),
        (1.0, 0.8, 2.0),
    ),
    "3-D, the same": (
        ellipsoid((16, 16, 16), (8, 8, 8), (5, 4, 6)),
        ellipsoid((16, 16, 16), (8, 8, 8), (5, 4, 6)),
        (1.0, 1.0, 1.0),
    ),
}
"""Two masks and their spacing (mm)."""
