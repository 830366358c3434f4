"""A montage of many samples, for inspection before training."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.table import CLASSES
from medcurate.curate.review.thumbnails import fit
from tools.plane_training.dataset import Sample


def montage(samples: Sequence[Sample], *, columns: int = 20, tile: int = 96) -> NDArray[np.uint8]:
    """Lay out samples row by row, each with the first letter of its class and its source.

    Parameters
    ----------
    tile : int
        Width and height of a tile (pixels).

    Returns
    -------
    ndarray of uint8, shape (rows * tile, columns * tile)
    """
    rows = -(-len(samples) // columns)
    sheet = np.zeros((rows * tile, columns * tile), np.uint8)
    for number, sample in enumerate(samples):
        top, left = number // columns * tile, number % columns * tile
        cell = np.zeros((tile, tile), np.uint8)
        small = fit(sample.image, tile)
        cell[: small.shape[0], : small.shape[1]] = small
        label = f"{CLASSES[sample.label][0]} {sample.source}"[:13]
        for thickness, gray in ((2, 0), (1, 255)):  # dark edge, readable on any image
            cv2.putText(cell, label, (1, 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (gray,), thickness)
        sheet[top : top + tile, left : left + tile] = cell
    return sheet
