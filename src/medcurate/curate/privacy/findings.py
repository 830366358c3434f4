"""What could identify a person in an image or a volume: notes for the catalogue, which a policy acts on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.privacy.burned_in import find_text
from medcurate.curate.privacy.faces import find_face
from medcurate.errors import Code

IDENTIFYING = frozenset({Code.BURNED_IN, Code.FACE})
"""Notes that ``--privacy drop`` and ``block`` act on. `Code.IDENTIFIERS` is none: text of headers stays behind."""


def of_image(pixels: NDArray[np.generic]) -> tuple[Code, ...]:
    """Look for text in an image.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
        As read, before any step: a smaller image hides small letters from the search, not from a person.

    Returns
    -------
    tuple of Code
        `Code.BURNED_IN`, or nothing.
    """
    return (Code.BURNED_IN,) if find_text(pixels) else ()


def of_volume(volume: NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> tuple[Code, ...]:
    """Look for a face in a volume.

    Parameters
    ----------
    volume : ndarray, shape (x, y, z)
        In RAS order.
    spacing_mm : tuple of 3 floats

    Returns
    -------
    tuple of Code
        `Code.FACE`, or nothing.
    """
    return (Code.FACE,) if find_face(volume, spacing_mm).visible else ()
