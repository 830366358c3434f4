"""One row of the stream: a picture, what it shows in words and in numbers, and the head it was cut from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 128
"""Width and height of the pictures (pixels) as they are stored."""

STREAM_VERSION = 1
"""Of how slices are chosen and prepared. Raise it with any change of what a head gives."""

CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "plane": ("axial", "coronal", "sagittal"),
        "contrast": ("FLAIR", "T1", "T1ce", "T2"),
        "tumor": ("glioma", "meningioma", "none", "pituitary"),
        "preparation": ("brain", "head"),
    }
)
"""Conditions and their values, in alphabetical order as of real images. ``brain``: without skull and scalp."""

ATTRIBUTES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "position_mm": (0.0, 40.0),
        "head_area_mm2": (25000.0, 10000.0),
        "ventricles_mm2": (600.0, 600.0),
        "tumor_area_mm2": (400.0, 600.0),
    }
)
"""Numbers of each picture, and their normalization: what is subtracted, and what the rest is divided by.

``position_mm`` is the place of the slice along its axis, toward the right, the front or the crown, from the middle of
the template. The areas are those of `medcurate.evaluate.anatomy` in square millimeters: of what is shown of the head,
of the ventricles, and of the core of the tumor (0 where there is none).
"""

ROW = np.dtype(
    [
        ("target", np.uint8, (SIZE, SIZE)),
        ("classes", np.int8, (len(CLASSES),)),
        ("attributes", np.float32, (len(ATTRIBUTES),)),
        ("head", np.int32),
    ]
)
"""How a row is stored: of each condition the number of its value; attributes in their units."""


def one_hot(codes: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Return the labels of some rows as samplers read them, shape (n, 13).

    Parameters
    ----------
    codes : ndarray, shape (n, 4)
        The number of the value of each condition.
    """
    parts = [np.eye(len(values), dtype=np.float32)[codes[:, place]] for place, values in enumerate(CLASSES.values())]
    return np.concatenate(parts, axis=1)


def normalized(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return attributes in units of `ATTRIBUTES`, mostly within [-2, 2].

    Parameters
    ----------
    values : ndarray, shape (n, 4)
        In millimeters and square millimeters.
    """
    middle, width = np.array(list(ATTRIBUTES.values()), np.float32).T
    return np.asarray((values - middle) / width, np.float32)
