"""Images that resemble each other, of different patients: coarse pictures, plain and mirrored, are compared."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.generate.references.contract import Floats, References, Rows

SIDE = 12
_AT_ONCE = 256


class Neighbors(NamedTuple):
    """Images near to an anchor, the nearest first.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
    mirrored : ndarray of bool, shape (k,)
        Whether the mirror image is the nearer one.
    """

    rows: Rows
    mirrored: NDArray[np.bool_]


def coarse_pictures(references: References) -> Floats:
    """Return means over 12 x 12 areas of each image and of its mirror image, shape (n, 2, 144 * channels)."""
    parts = []
    for at in range(0, len(references), _AT_ONCE):
        images = references.read(np.arange(at, min(at + _AT_ONCE, len(references))))
        both = np.stack([images, images[:, :, ::-1]], axis=1)
        parts.append(np.stack([[_coarse(image) for image in pair] for pair in both]))
    return np.concatenate(parts)


def _coarse(image: Floats) -> Floats:
    channels = np.moveaxis(image, 2, 0)
    small = [cv2.resize(np.ascontiguousarray(one), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in channels]
    return np.asarray(small, np.float32).ravel()


def patient_numbers(references: References) -> Rows:
    """Return a number per patient group; an image whose patient is not known has one of its own."""
    keys = [f"image {row}" if group is None else f"group {group}" for row, group in enumerate(references.groups)]
    return np.asarray(np.unique(np.array(keys), return_inverse=True)[1], np.int64)


def neighbors(pictures: Floats, patients: Rows, rows: Rows, anchor: int, most: int) -> Neighbors:
    """Return the nearest images of an anchor, one a patient, none of the anchor's.

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, 2, length)
        See `coarse_pictures`.
    patients : ndarray of int64, shape (n,)
        See `patient_numbers`.
    rows : ndarray of int64
        The images to choose from.
    anchor : int
        Its row.
    most : int
        How many to return at most.
    """
    others = rows[patients[rows] != patients[anchor]]
    distances = np.square(pictures[others] - pictures[anchor, 0]).sum(axis=2)
    order = np.argsort(distances.min(axis=1), kind="stable")
    _, first = np.unique(patients[others][order], return_index=True)
    chosen = order[np.sort(first)[:most]]
    return Neighbors(others[chosen], distances[chosen, 1] < distances[chosen, 0])
