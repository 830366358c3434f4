"""A montage of many samples, for inspection before training."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.table import CLASSES
from medcurate.pictures import fit, grid
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
    return grid(np.stack([_tile(sample, tile) for sample in samples]), columns)


def _tile(sample: Sample, side: int) -> NDArray[np.uint8]:
    shown = fit(sample.image, side, pad=True).copy()
    label = f"{CLASSES[sample.label][0]} {sample.source}"[:13]
    for thickness, gray in ((2, 0), (1, 255)):  # dark edge, readable on any image
        cv2.putText(shown, label, (1, 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (gray,), thickness)
    return shown
