"""Identifying content of images and volumes, as notes for the catalogue to which a policy applies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.privacy.burned_in import find_text
from medcurate.curate.privacy.faces import find_face
from medcurate.errors import Code

IDENTIFYING = frozenset({Code.BURNED_IN, Code.FACE})
"""Notes to which ``--privacy drop`` and ``block`` apply. Not `Code.IDENTIFIERS`: header text is never written."""


def of_image(pixels: NDArray[np.generic]) -> tuple[Code, ...]:
    """Search for text in an image.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
        Unprocessed: in a smaller image the search misses small letters that a person can still read.

    Returns
    -------
    tuple of Code
        `Code.BURNED_IN`, or empty.
    """
    return (Code.BURNED_IN,) if find_text(pixels) else ()


def of_volume(volume: NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> tuple[Code, ...]:
    """Search for a face in a volume.

    Parameters
    ----------
    volume : ndarray, shape (x, y, z)
        In RAS order.
    spacing_mm : tuple of 3 floats

    Returns
    -------
    tuple of Code
        `Code.FACE`, or empty.
    """
    return (Code.FACE,) if find_face(volume, spacing_mm).visible else ()
