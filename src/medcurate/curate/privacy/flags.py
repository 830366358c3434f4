"""Images that could identify someone: found while they are homogenized, and handled by policy.

``warn`` notes them in the catalogue, ``drop`` leaves them out, ``block`` stops the run. Only ``warn`` writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.privacy.burned_in import find_text
from medcurate.curate.privacy.faces import find_face
from medcurate.curate.steps import Orient, Picture, Record
from medcurate.errors import Code, PolicyError

FLAGS = (Code.BURNED_IN, Code.FACE)
_SCALE = 1.5
"""Text is looked for at so many times the scale of what is written: the search finds letters from six pixels on, and
those of less than four in what is written cannot be read."""

_MEANING = {Code.BURNED_IN: "images that may show text", Code.FACE: "volumes, or slices of them, that show a face"}


def flags_of_image(pixels: NDArray[np.generic], written: tuple[int, ...], records: Sequence[Record]) -> list[Code]:
    """Return the flags of an image.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
        As it was read.
    written : tuple of int
        Size of the image that is written (pixels).
    records : sequence of Record
        What was done to it; a crop makes what is left larger.
    """
    boxes = [record["measured"]["box"] for record in records if "box" in record["measured"]]
    cropped = [max(stop - start for start, stop in box) for box in boxes]
    longest = round(_SCALE * max(written) * max(1.0, max(pixels.shape) / min([*cropped, max(pixels.shape)])))
    if max(pixels.shape) > longest:
        scale = longest / max(pixels.shape)
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        if not find_text(small):
            return []
    # At full size anatomy is taken for text far less often, but looking there takes most of the time.
    return [Code.BURNED_IN] if find_text(pixels) else []


def flags_of_volume(picture: Picture) -> list[Code]:
    """Return the flags of a volume; none if its orientation or spacing is unknown, as it cannot be judged."""
    oriented = Orient().apply(picture)
    spacing = oriented.spacing_mm
    if oriented.affine is None or spacing is None:
        return []
    return [Code.FACE] if find_face(oriented.pixels, (spacing[0], spacing[1], spacing[2])).visible else []


def check_blocked(reasons: Iterable[str | None]) -> None:
    """Raise if a row was left out because it could identify someone.

    Parameters
    ----------
    reasons : iterable of str or None
        Why rows were left out.

    Raises
    ------
    PolicyError
        Counting what was found.
    """
    found = Counter(reasons)
    told = [f"{found[flag.value]:,} {_MEANING[flag]} ({flag})" for flag in FLAGS if found[flag.value]]
    if told:
        raise PolicyError(
            f"stopped by --privacy block: {' and '.join(told)}. Look at them with --privacy warn, or leave them out "
            "with --privacy drop"
        )


def told_flags(notes: Counter[str]) -> tuple[str, ...]:
    """Return what a user should know of kept rows with these notes."""
    return tuple(
        f"{notes[flag.value]:,} {_MEANING[flag]} are in the dataset: {flag} in the column notes"
        for flag in FLAGS
        if notes[flag.value]
    )
