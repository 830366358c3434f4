"""Fidelity at a glance: six numbers of two arrays of images, for early stopping and for evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders import encoder as make_encoder
from medcurate.encoders import fit_scale
from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_value
from medcurate.evaluate.fidelity.manifold import K, manifold_values

_LEAST = K + 1
"""Images of each side; fewer have no k-th neighbor."""


def quick_fidelity(
    real_images: NDArray[np.uint8], generated_images: NDArray[np.uint8], *, encoder: str = "classical", seed: int = 0
) -> dict[str, float]:
    """Compare generated images with real ones.

    The larger side is reduced to the size of the smaller one by chance. Numbers depend on how many images are compared:
    put them beside `fidelity_baseline` of the same number, and beside each other only at one number.

    Parameters
    ----------
    real_images, generated_images : ndarray of uint8, shape (n, height, width) and (m, height, width)
        At least six each; the scale of the features is learned on the real ones.
    encoder : str
        See `medcurate.encoders.encoder`.
    seed : int
        Of the choice of images.

    Returns
    -------
    dict of str to float
        ``frechet_distance`` and ``kernel_distance`` (lower is better), ``precision``, ``recall`` and ``coverage`` (in
        [0, 1]) and ``density`` (higher is better).

    Raises
    ------
    UsageError
        Too few images, or arrays that do not fit.
    """
    n = min(len(real_images), len(generated_images))
    if n < _LEAST or real_images.shape[1:] != generated_images.shape[1:]:
        raise UsageError(
            f"expected {_LEAST} images or more of one size on both sides, received {real_images.shape} and "
            f"{generated_images.shape}"
        )
    rng = np.random.default_rng(seed)
    made = make_encoder(encoder)
    sides = [
        made.encode(images[np.sort(rng.permutation(len(images))[:n])]) for images in (real_images, generated_images)
    ]
    scale = fit_scale(sides[0], made.blocks)
    real, generated = sides if scale is None else [scale.apply(side) for side in sides]
    return {
        "frechet_distance": frechet_value(real, generated),
        "kernel_distance": kernel_value(real, generated),
        **manifold_values(real, generated)._asdict(),
    }


def fidelity_baseline(
    real_images: NDArray[np.uint8], *, n: int | None = None, encoder: str = "classical", seed: int = 0
) -> dict[str, float]:
    """Compare two random halves of real images: what a perfect generator would reach at that number.

    Parameters
    ----------
    real_images : ndarray of uint8, shape (m, height, width)
        At least twelve.
    n : int, optional
        Images a side; half of them by default, and at most.
    encoder, seed
        As for `quick_fidelity`.

    Returns
    -------
    dict of str to float
        As `quick_fidelity`.

    Raises
    ------
    UsageError
        Too few images.
    """
    half = len(real_images) // 2
    if half < _LEAST or (n is not None and not _LEAST <= n <= half):
        raise UsageError(
            f"expected {2 * _LEAST} real images or more and {_LEAST} to {half} a side, received {len(real_images)} "
            f"and n {n}"
        )
    order = np.random.default_rng(seed).permutation(len(real_images))
    side = half if n is None else n
    return quick_fidelity(real_images[order[:side]], real_images[order[half : half + side]], encoder=encoder, seed=seed)
