"""First-order statistics and gray-level co-occurrence of a whole image, as defined in radiomics.

After Haralick et al. (1973) and the Image Biomarker Standardisation Initiative (Zwanenburg et al., 2020). scikit-image
counts the co-occurrences, because PyRadiomics has no wheels for the supported Python versions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Block, Images, check_images
from medcurate.encoders.resize import MODE, resized
from medcurate.errors import MissingExtra

_SIDE = 64
_LEVELS = 32
_DISTANCES = (1, 2, 4)
_DIRECTIONS = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
_FIRST_ORDER = 18
_PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "ASM", "correlation", "entropy")


class Radiomics:
    """Eighteen first-order features; six of co-occurrence at three distances, mean and range over four directions."""

    name = f"radiomics[{_SIDE} px {MODE}, 0..255, {_LEVELS} levels]"
    blocks = (
        Block("first order", _FIRST_ORDER, None),
        Block("co-occurrence", 2 * len(_PROPERTIES) * len(_DISTANCES), None),
    )

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the features of gray images.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, height, width)

        Returns
        -------
        ndarray of float32, shape (n, 54)

        Raises
        ------
        UsageError
            If type or shape is another.
        MissingExtra
            scikit-image is not installed.
        """
        check_images(images)
        found = np.empty((len(images), sum(block.width for block in self.blocks)), np.float32)
        for row, image in enumerate(images):
            small = resized(image, _SIDE, _SIDE)
            found[row] = np.concatenate([first_order(small), co_occurrence(small)])
        return found


def first_order(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return mean, variance, skewness, excess kurtosis, median, minimum, 10th and 90th percentile, maximum,
    interquartile range, range, mean and robust mean absolute deviation, median absolute deviation, root mean square,
    entropy (bits) and uniformity of the histogram, and the share of black, shape (18,).
    """  # noqa: D205
    gray = image.astype(np.float64).ravel()
    mean, deviation = gray.mean(), gray.std()
    standard = (gray - mean) / deviation if deviation else np.zeros_like(gray)
    p10, p25, median, p75, p90 = np.percentile(gray, [10, 25, 50, 75, 90])
    middle = gray[(gray >= p10) & (gray <= p90)]
    shares = np.bincount(image.ravel() // (256 // _LEVELS), minlength=_LEVELS) / gray.size
    present = shares[shares > 0]
    return np.array(
        [
            mean, deviation**2, (standard**3).mean(), (standard**4).mean() - 3 if deviation else 0.0, median,
            gray.min(), p10, p90, gray.max(), p75 - p25, np.ptp(gray), np.abs(gray - mean).mean(),
            np.abs(middle - middle.mean()).mean(), np.abs(gray - median).mean(), np.sqrt((gray**2).mean()),
            -(present * np.log2(present)).sum(), (shares**2).sum(), (gray == 0).mean(),
        ]
    )  # fmt: skip


def co_occurrence(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the properties of symmetric co-occurrence matrices: means over directions, then ranges, shape (36,)."""
    try:
        from skimage.feature import graycomatrix, graycoprops
    except ImportError as error:
        raise MissingExtra(("scikit-image",), extra="evaluate", purpose="The encoder radiomics") from error
    levels = image // np.uint8(256 // _LEVELS)
    matrix = graycomatrix(  # type: ignore[no-untyped-call]
        levels, _DISTANCES, _DIRECTIONS, levels=_LEVELS, symmetric=True, normed=True
    )
    # Axes: property, distance, direction.
    table = np.array([graycoprops(matrix, name) for name in _PROPERTIES])  # type: ignore[no-untyped-call]
    return np.concatenate([table.mean(axis=2).ravel(), np.ptp(table, axis=2).ravel()])
