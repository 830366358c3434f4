"""How far the fine texture of images is from that of real ones, without pairs: NIQE (Mittal et al., 2013), refitted.

NIQE as published is fitted on photographs, and says of every MR image that it looks unlike a photograph. Here the model
is fitted on the real images at hand: patches of real images are described by 36 numbers (shapes and widths of the
distributions of normalized gray values and of the products of neighbors, at two scales), and a set of patches is as far
off as its mean and covariance are from those of the real patches. Values can be compared within one dataset and size
only, never with values of the published model.

Differences to the paper, for MR images: patches that are mostly background are left out (their normalized values are
those of noise or of nothing), and the patch is smaller for smaller images. The paper's choice of sharp patches when the
model is fitted is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.head import head_mask

N_FEATURES = 36
PATCH = 96
"""Pixels a side of a patch in the paper."""
LEAST_SIZE = 32
"""Images must have this many pixels a side: smaller patches than 16 tell nothing."""
SHARPNESS = 0.75
"""Of the sharpest patch of an image: what a patch must have to be part of the model."""
LEAST_HEAD = 0.5
"""Share of a patch that must be head."""

_SIGMA = 7 / 6  # of the window in which gray values are normalized, 7 pixels wide
_WINDOW = 7
_SHAPES = np.arange(0.2, 10.001, 0.001)
_NEIGHBORS = ((0, 1), (1, 0), (1, 1), (1, -1))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NaturalnessModel:
    """What the patches of real images are like.

    Attributes
    ----------
    mean : ndarray, shape (36,)
    covariance : ndarray, shape (36, 36)
    patch : int
        Pixels a side of a patch.
    n_patches, n_images : int
        What it was fitted on.
    """

    mean: Floats
    covariance: Floats
    patch: int
    n_patches: int
    n_images: int

    @classmethod
    def fit(cls, batches: Iterable[NDArray[np.uint8]], size: int) -> NaturalnessModel:
        """Fit the model on real images.

        Parameters
        ----------
        batches : iterable of ndarray of uint8, shape (n, size, size)
        size : int
            Pixels a side of the images.

        Raises
        ------
        UsageError
            The images are too small, or hold fewer than 72 patches that show a head.
        """
        patch = patch_size(size)
        found, images = [], 0
        for batch in batches:
            found += [patch_features(image, patch, only_sharp=True) for image in batch]
            images += len(batch)
        features = np.concatenate(found) if found else np.empty((0, N_FEATURES))
        if len(features) < 2 * N_FEATURES:
            raise UsageError(
                f"NIQE: expected {2 * N_FEATURES} patches of {patch} pixels that show a head, received {len(features)} "
                f"in {images} images; it needs more real images"
            )
        return cls(features.mean(0), np.cov(features.T), patch, len(features), images)

    def distance(self, features: Floats) -> float:
        """Return how far a set of patches is from the model (Mittal et al., 2013, equation 10).

        Parameters
        ----------
        features : ndarray, shape (n, 36)

        Returns
        -------
        float
            0 for patches like the real ones; NaN where there is no patch.
        """
        known = features[np.isfinite(features).all(axis=1)]
        if not len(known):
            return float("nan")
        own = np.cov(known.T) if len(known) > 1 else np.zeros_like(self.covariance)
        gap, both = known.mean(0) - self.mean, (self.covariance + own) / 2
        try:
            return float(np.sqrt(np.square(np.linalg.solve(np.linalg.cholesky(both), gap)).sum()))
        except np.linalg.LinAlgError:  # a feature that never varies
            return float(np.sqrt(max(0.0, gap @ np.linalg.pinv(both, hermitian=True) @ gap)))

    def score(self, image: NDArray[np.uint8]) -> float:
        """Return NIQE of one image; NaN where no patch of it shows a head."""
        return self.distance(patch_features(image, self.patch))


def patch_size(size: int) -> int:
    """Return the pixels a side of a patch: 96 as in the paper, a quarter of the image where that is less; even.

    Raises
    ------
    UsageError
        The image is smaller than 32 pixels.
    """
    if size < LEAST_SIZE:
        raise UsageError(f"NIQE: expected images of {LEAST_SIZE} pixels a side or more, received {size}")
    return min(PATCH, max(16, size // 4 // 2 * 2))


def patch_features(image: NDArray[np.uint8], patch: int, *, only_sharp: bool = False) -> Floats:
    """Describe the patches of an image that show a head.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
    patch : int
        Pixels a side, even.
    only_sharp : bool
        Leave out patches with less than 0.75 of the sharpness of the sharpest; for fitting.

    Returns
    -------
    ndarray, shape (n, 36)
        18 features at full size, then the same at half size.
    """
    height, width = (side // patch * patch for side in image.shape)
    whole = np.asarray(image[:height, :width], np.float64)
    head = head_mask(image)[:height, :width]
    fine, spread = normalized(whole)
    coarse, _ = normalized(np.asarray(cv2.resize(whole, (width // 2, height // 2), interpolation=cv2.INTER_AREA)))
    chosen = _blocks(head.astype(np.float64), patch).mean(axis=(1, 2)) >= LEAST_HEAD
    if only_sharp and chosen.any():
        sharpness = _blocks(spread, patch).mean(axis=(1, 2))
        chosen &= sharpness > SHARPNESS * sharpness[chosen].max()
    if not chosen.any():
        return np.empty((0, N_FEATURES))
    features = np.hstack([_described(_blocks(fine, patch)[chosen]), _described(_blocks(coarse, patch // 2)[chosen])])
    return features[np.isfinite(features).all(axis=1)]


def normalized(image: Floats) -> tuple[Floats, Floats]:
    """Return gray values less their local mean, divided by their local spread plus 1; and that spread (gray levels)."""
    mean = _blur(image)
    spread = np.sqrt(np.abs(_blur(image * image) - mean * mean))
    return (image - mean) / (spread + 1), spread


def _blur(image: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(image, (_WINDOW, _WINDOW), _SIGMA, borderType=cv2.BORDER_REPLICATE))


def _blocks(image: Floats, side: int) -> Floats:
    """Cut an image in squares, row by row; shape (n, side, side)."""
    height, width = image.shape
    cut = image.reshape(height // side, side, width // side, side)
    return cut.transpose(0, 2, 1, 3).reshape(-1, side, side)


def _described(patches: Floats) -> Floats:
    """Return the 18 features of each patch of normalized values, shape (n, 18)."""
    shape, _, left, right = asymmetric_fit(patches)
    features = [shape, (left + right) / 2]
    for shift in _NEIGHBORS:
        features += asymmetric_fit(patches * np.roll(patches, shift, (1, 2)))
    return np.stack(features, axis=1)


def asymmetric_fit(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Fit asymmetric generalized Gaussians by moments (Lasmar et al., 2009).

    Parameters
    ----------
    values : ndarray, shape (n, ...)
        One distribution a row.

    Returns
    -------
    tuple of ndarray, shape (n,)
        Shape (2 for a Gaussian), mean of the fitted distribution, scale of its left and of its right half; NaN where
        a half is empty.
    """
    rows = values.reshape(len(values), -1)
    squares = rows * rows
    with np.errstate(divide="ignore", invalid="ignore"):  # an empty half becomes NaN
        left = np.sqrt((squares * (rows < 0)).sum(1) / (rows < 0).sum(1))
        right = np.sqrt((squares * (rows > 0)).sum(1) / (rows > 0).sum(1))
        ratio = left / right
        wanted = np.abs(rows).mean(1) ** 2 / squares.mean(1) * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    ratios, to_scale, to_mean = _shape_tables()
    place = np.clip(np.searchsorted(ratios, wanted), 1, len(_SHAPES) - 1)
    place -= wanted - ratios[place - 1] < ratios[place] - wanted
    known = np.where(np.isfinite(wanted), 1.0, np.nan)
    shape, factor = known * _SHAPES[place], known * to_scale[place]
    scale_left, scale_right = left * factor, right * factor
    return shape, (scale_right - scale_left) * to_mean[place], scale_left, scale_right


@cache
def _shape_tables() -> tuple[Floats, Floats, Floats]:
    """Return, for each shape, the ratio of moments that tells it, and the factors from spread to scale and mean."""
    from scipy.special import gamma

    one, two, three = gamma(1 / _SHAPES), gamma(2 / _SHAPES), gamma(3 / _SHAPES)
    return two**2 / (one * three), np.sqrt(one / three), two / one
