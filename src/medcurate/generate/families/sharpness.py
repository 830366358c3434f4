"""How far an image is from another in what the eye sees first: local structure, and edges at several scales."""

from __future__ import annotations

from typing import Any

Tensor = Any

_WINDOW, _STRIDE = 7, 2
_C1, _C2 = 0.02**2, 0.06**2
"""The constants of Wang et al. (2004), 0.01 and 0.03 of the range of gray values, which is 2 here, squared."""


def dissimilarity(images: Tensor, others: Tensor) -> Tensor:
    """Return one less the structural similarity (Wang et al. 2004), the mean over all windows.

    Parameters
    ----------
    images, others : tensor, shape (n, height, width, channels)
        In [-1, 1], 7 pixels a side or more. Windows of 7 x 7 pixels with equal weights, at every second place.

    Returns
    -------
    tensor, scalar
        In [0, 2], 0 where they are equal.
    """
    from keras import ops

    def local(x: Tensor) -> Tensor:
        return ops.average_pool(x, _WINDOW, strides=_STRIDE, padding="valid")

    one, two = local(images), local(others)
    product, squares = one * two, ops.square(one) + ops.square(two)
    covariance = local(images * others) - product
    variances = local(ops.square(images) + ops.square(others)) - squares
    similarity = (2 * product + _C1) * (2 * covariance + _C2) / ((squares + _C1) * (variances + _C2))
    return 1.0 - ops.mean(similarity)


def edge_difference(images: Tensor, others: Tensor, scales: int = 3) -> Tensor:
    """Return the mean absolute difference of the differences of neighbors, averaged over scales.

    Parameters
    ----------
    images, others : tensor, shape (n, height, width, channels)
        The sides are multiples of ``2 ** (scales - 1)``.
    scales : int
        Of which each has half the sides of the one before.

    Returns
    -------
    tensor, scalar
    """
    from keras import ops

    total: Tensor = 0.0
    difference = images - others
    for scale in range(scales):
        if scale:
            difference = ops.average_pool(difference, 2, strides=2)
        down = ops.mean(ops.abs(difference[:, 1:] - difference[:, :-1]))
        right = ops.mean(ops.abs(difference[:, :, 1:] - difference[:, :, :-1]))
        total = total + (down + right) / 2
    return total / scales
