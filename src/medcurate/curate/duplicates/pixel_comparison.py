"""Register two images and compare their pixels, to decide whether one is a copy of the other.

The hash proposes a view (rotated, mirrored) and a window; `cv2.findTransformECC` (Evangelidis and Psarakis, Parametric
image alignment using enhanced correlation coefficient maximization, 2008) refines them to an affine map. Both images
are then reduced to the ranks of their gray values, which removes window settings, and compared in two frequency bands.
Compression, noise and interpolation change the finest detail everywhere, while a neighboring slice has different folds
in some places. So the bands exclude the finest detail, and the worst-matching places count in addition to the whole.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures import perceptual_hash as ph

_SIDE = ph.THUMBNAIL
_BANDS = ((1.0, 3.0), (1.5, 4.0))  # standard deviations of the two Gaussians between which a band lies (pixels)
_MIN_OVERLAP = 0.5
_WEIGHTS = (-3.64, -0.89, 2.67, 5.23)
_OFFSET = -7.62
_COARSE = 32
_MIN_COARSE = 0.85  # correlation of two small images: copies reach 0.93, most pairs with merely similar hashes do not

Affine = NDArray[np.float32]


class Likeness(NamedTuple):
    """Similarity of two images.

    Attributes
    ----------
    score : float
        Probability in [0, 1] that one is a copy of the other.
    correlation : float
        Correlation of the ranks of their gray values, in [-1, 1].
    bands : tuple of 4 floats
        Correlation in both bands, and its 5th percentile over places.
    affine : ndarray of float32, shape (2, 3)
        From points (x, y) of the first thumbnail to points of the rotated second one.
    gray : float
        Mean difference of the gray values of the two thumbnails, 0 to 255.
    """

    score: float
    correlation: float
    bands: tuple[float, float, float, float]
    affine: Affine
    gray: float


def compare(first: ph.Thumbnail, second: ph.Thumbnail, window: int, detail: float) -> Likeness | None:
    """Register two thumbnails and compare them.

    Parameters
    ----------
    first : ndarray of uint8, shape (96, 96)
    second : ndarray of uint8, shape (96, 96)
        In the view to compare; see `medcurate.curate.measures.perceptual_hash.turn`.
    window : int
        Window of `first` that may correspond to the whole of `second`; index into `perceptual_hash.WINDOWS`.
    detail : float
        Smaller of height and width of the content of the smaller image (pixels); finer detail is not compared.

    Returns
    -------
    Likeness or None
        None if they cannot be aligned, or hardly overlap.
    """
    affine = _align(first, second, window)
    if affine is None or not _is_plausible(affine):
        return None
    moved = cv2.warpAffine(second, affine, (_SIDE, _SIDE), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpAffine(
        np.ones((_SIDE, _SIDE), np.float32), affine, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    valid = cv2.erode((inside > 0.99).astype(np.uint8), np.ones((5, 5)), borderValue=0) > 0
    if valid.mean() < _MIN_OVERLAP:
        return None
    one, other = _ranks(first, valid), _ranks(np.asarray(moved, np.uint8), valid)
    wider = min(max(_SIDE / detail, 1.0), 2.0)
    bands = [_band(one, other, valid, fine * wider, coarse * wider) for fine, coarse in _BANDS]
    facts = (bands[0][0], bands[1][0], bands[0][1], bands[1][1])
    gray = float(np.abs(first[valid].astype(np.float32) - moved[valid]).mean())
    return Likeness(score_of(facts), _correlation(one[valid], other[valid]), facts, affine, gray)


def score_of(bands: tuple[float, float, float, float]) -> float:
    """Return the probability that two images with these correlations of their bands are copies."""
    # The logarithm of the difference from 1 is used.
    fits = (-math.log(max(1.0 - value, 1e-4)) for value in bands)
    odds = _OFFSET + sum(weight * fit for weight, fit in zip(_WEIGHTS, fits, strict=True))
    return 1.0 / (1.0 + math.exp(-max(min(odds, 50.0), -50.0)))


def _align(first: ph.Thumbnail, second: ph.Thumbnail, window: int) -> Affine | None:
    """Return the map between two thumbnails; None if a coarse comparison already shows that they differ."""
    top, bottom, left, right = ph.WINDOWS[window]
    tall, wide = 1 - top - bottom, 1 - left - right
    affine = np.array([[1 / wide, 0, -left / wide], [0, 1 / tall, -top / tall]], np.float32)
    try:
        fit, affine = _refined(first, second, affine, _COARSE, blur=3, steps=10)
        if fit < _MIN_COARSE:
            return None
        for blur in (7, 3):
            _, affine = _refined(first, second, affine, _SIDE, blur=blur, steps=40)
    except cv2.error:  # no convergence: they have nothing in common
        return None
    affine[:, 2] *= _SIDE
    return affine


def _refined(
    first: ph.Thumbnail, second: ph.Thumbnail, affine: Affine, side: int, *, blur: int, steps: int
) -> tuple[float, Affine]:
    """Refine a map (shift in fractions of the side) on images of `side` pixels; also return the correlation."""
    small = (cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in (first, second))
    one, other = (np.asarray(cv2.equalizeHist(picture), np.float32) for picture in small)
    start = affine * np.array([1, 1, side], np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, 1e-4)
    everywhere = np.full(one.shape, 255, np.uint8)
    fit, found = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, stop, everywhere, blur)
    return float(fit), np.asarray(found / np.array([1, 1, side]), np.float32)


def _is_plausible(affine: Affine) -> bool:
    """Return whether the map is a moderate scaling without rotation or shear."""
    straight = max(abs(affine[0, 1]), abs(affine[1, 0])) < 0.05
    return bool(straight and 0.6 < affine[0, 0] < 1.7 and 0.6 < affine[1, 1] < 1.7)


def _ranks(picture: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Replace gray values by the fraction of valid pixels that are darker, 0 to 1."""
    counts = np.bincount(picture[valid], minlength=256)
    share = (np.cumsum(counts) - counts / 2) / counts.sum()
    return np.asarray(share[picture], np.float32)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale > 0 else 0.0


def _band(
    one: NDArray[np.float32], other: NDArray[np.float32], valid: NDArray[np.bool_], fine: float, coarse: float
) -> tuple[float, float]:
    """Return the correlation of a band of frequencies, and its 5th percentile over places with texture."""
    inside = valid.astype(np.float32)
    weights = [np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3) for sigma in (fine, coarse)]

    def band(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        known = picture * inside
        low, high = (
            cv2.GaussianBlur(known, (0, 0), sigma) / weight
            for sigma, weight in zip((fine, coarse), weights, strict=True)
        )
        return np.asarray((low - high) * inside, np.float32)

    a, b = band(one), band(other)
    side = 2 * round(1.5 * coarse) + 1
    local = [cv2.boxFilter(product, -1, (side, side)) for product in (a * a, b * b, a * b)]
    weight = np.sqrt(np.maximum(local[0] * local[1], 0))
    textured = valid & (weight > 0.5 * np.median(weight[valid])) & (weight > 1e-7)
    if not textured.any():
        return 0.0, 0.0
    values, weight = local[2][textured] / weight[textured], weight[textured]
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / weight.sum()
    worst = float(values[order][min(int(np.searchsorted(share, 0.05)), len(values) - 1)])
    whole = float((a * b).sum()) / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-9)
    return whole, worst
