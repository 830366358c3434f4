"""Features of one slice for tumor classification, finer than those for plane classification.

An image is stretched between two quantiles and cropped to its foreground. It is described by histograms of oriented
gradients (Dalal and Triggs, 2005) on two grids, by its gray values, by their local deviation, and by gray-value
histograms of the whole and of 16 cells. Each block has a fixed weight, so that distances between descriptions have the
same meaning in every dataset.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.plane_features import foreground, shrink, stretch

VERSION = "audit-1"
"""Version of the features; features of different versions must not be mixed."""

_FINE, _COARSE, _GRAY, _TEXTURE, _CELLS, _BINS = 96, 64, 32, 16, 4, 8
_WINDOW = 128
N_FEATURES = 4356 + 1764 + _GRAY**2 + _TEXTURE**2 + 32 + _CELLS**2 * _BINS

# Bring the spread of each block on mixed brain slices to about 1 (gray 1, texture 0.8, whole histogram 0.5).
_WEIGHTS = {"fine": 0.19, "coarse": 0.33, "gray": 0.18, "texture": 1.32, "histogram": 3.9, "cells": 0.87}


def describe(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Describe one gray image.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        Gray image of any real dtype; finite.

    Returns
    -------
    ndarray of float32, shape (N_FEATURES,)
        Zeros if the image is constant.
    """
    stretched = stretch(shrink(pixels))
    if stretched is None:
        return np.zeros(N_FEATURES, np.float32)
    head = np.ascontiguousarray(stretched[foreground(stretched)])
    window = _resized(head, _WINDOW)
    blocks = {
        "fine": np.asarray(_gradients(_FINE).compute(_resized(head, _FINE))).ravel(),
        "coarse": np.asarray(_gradients(_COARSE).compute(_resized(head, _COARSE))).ravel(),
        "gray": _resized(head, _GRAY).ravel() / np.float32(255),
        "texture": _resized(_deviation(window), _TEXTURE).ravel(),
        "histogram": np.bincount(head.ravel() >> 3, minlength=32) / head.size,
        "cells": _cell_histograms(window).ravel(),
    }
    return np.concatenate([block * _WEIGHTS[name] for name, block in blocks.items()]).astype(np.float32)


def _resized(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA))


def _deviation(window: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the standard deviation around each pixel, of values in [0, 1]."""
    values = window.astype(np.float32) / 255
    mean = cv2.blur(values, (3, 3))
    return np.asarray(np.sqrt(np.maximum(cv2.blur(values * values, (3, 3)) - mean * mean, 0)), np.float32)


def _cell_histograms(window: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the fraction of each of 8 gray levels in each of 16 cells, shape (8, 4, 4)."""
    levels = window.reshape(_CELLS, _WINDOW // _CELLS, _CELLS, _WINDOW // _CELLS) >> 5
    return np.stack([(levels == level).mean(axis=(1, 3), dtype=np.float32) for level in range(_BINS)])


@cache
def _gradients(side: int) -> cv2.HOGDescriptor:
    return cv2.HOGDescriptor((side, side), (16, 16), (8, 8), (8, 8), 9)
