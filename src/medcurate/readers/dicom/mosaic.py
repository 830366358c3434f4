"""Siemens mosaics: the slices of one volume tiled into one image.

The tiles run row by row from the top left. The position in the header is that of an image as large as the mosaic with
the center of the slices, so it moves by half the difference in size. The order of the slices follows the slice normal
of the private CSA header, if present. Both as in nibabel's `nicom.dicomwrappers.MosaicWrapper`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.element_values import Values
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.geometry import normal_of_iop
from medcurate.readers.translate import library_errors


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Number of slices and their order (+1 along row x column, or -1)."""

    count: int
    direction: int


def is_mosaic(values: Values) -> bool:
    """Return whether the image type says that slices are tiled."""
    return b"MOSAIC" in values.raw.get(tag.IMAGE_TYPE, b"") and "MOSAIC" in values.words(tag.IMAGE_TYPE)


def mosaic_of(values: Values) -> Mosaic:
    """Read the number and the order of the slices from the private elements.

    Raises
    ------
    InputError
        MOSAIC: the private elements with the number of slices are missing or damaged.
    """
    csa = _csa(values)
    count = None
    if values.text(tag.SIEMENS_CREATOR) == "SIEMENS MR HEADER":
        count = values.short(tag.SIEMENS_MOSAIC_COUNT)
    count = count or int(csa.get("NumberOfImagesInMosaic", (0,))[0])
    if not 1 <= count <= 4096:
        raise InputError(
            Code.MOSAIC,
            "DICOM: expected the number of slices of a Siemens mosaic in its private elements, received none; "
            "export the file without removing private elements, or convert it to NIfTI at its source",
        )
    normal = normal_of_iop(values.numbers(tag.ORIENTATION) or None)
    stated = csa.get("SliceNormalVector", ())
    backwards = normal is not None and len(stated) == 3 and float(np.dot(normal, stated)) < 0
    return Mosaic(count, -1 if backwards else 1)


def _csa(values: Values) -> dict[str, tuple[float, ...]]:
    """Read the needed numbers from the CSA image header; empty if it is missing or unreadable."""
    raw = values.raw.get(tag.CSA_IMAGE)
    if raw is None or values.text(tag.CSA_CREATOR) != "SIEMENS CSA HEADER":
        return {}
    try:
        with library_errors("Siemens CSA header"):
            from nibabel.nicom import csareader

            tags = csareader.read(raw)["tags"]  # type: ignore[no-untyped-call]
            found = {
                name: tags[name]["items"] for name in ("NumberOfImagesInMosaic", "SliceNormalVector") if name in tags
            }
            numbers = {name: tuple(float(item) for item in items) for name, items in found.items() if items}
    except InputError:
        return {}
    return {name: items for name, items in numbers.items() if all(map(math.isfinite, items))}


def split_mosaic(pixels: NDArray[np.generic], facts: Facts, mosaic: Mosaic) -> Iterator[Frame]:
    """Yield the slices of a mosaic in order, each with its own position.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        The whole mosaic.
    facts : Facts
        Facts of the file, with the position of the mosaic.
    mosaic : Mosaic
        Number and order of the slices.

    Yields
    ------
    Frame
        Kind ``volume``; `Facts.frame` counts slices, `Facts.depth` is their number.

    Raises
    ------
    InputError
        MOSAIC: the image does not divide into equal tiles.
    """
    grid = math.isqrt(mosaic.count - 1) + 1
    height, width = pixels.shape
    if height % grid or width % grid:
        raise InputError(
            Code.MOSAIC,
            f"DICOM: expected {mosaic.count} tiles in a grid of {grid} x {grid}, received {height} x {width} pixels",
        )
    tile = height // grid, width // grid
    positions = _positions(facts, pixels.shape, tile, mosaic)
    for number in range(mosaic.count):
        row, column = divmod(number, grid)
        part = pixels[row * tile[0] : (row + 1) * tile[0], column * tile[1] : (column + 1) * tile[1]]
        yield Frame(
            np.ascontiguousarray(part),
            replace(facts, kind="volume", frame=number, depth=mosaic.count, position_mm=positions[number]),
        )


def _positions(
    facts: Facts, whole: tuple[int, ...], tile: tuple[int, int], mosaic: Mosaic
) -> list[tuple[float, float, float] | None]:
    """Return the position of the first pixel of each slice, from the position of the mosaic."""
    if facts.position_mm is None or facts.axes is None or facts.spacing_mm is None or len(facts.spacing_mm) < 3:
        return [None] * mosaic.count
    along_row, along_column = np.array(facts.axes[:3]), np.array(facts.axes[3:])
    between_rows, between_columns, between_slices = facts.spacing_mm
    first = (
        np.array(facts.position_mm)
        + along_row * between_columns * (whole[1] - tile[1]) / 2
        + along_column * between_rows * (whole[0] - tile[0]) / 2
    )
    step = np.cross(along_row, along_column) * between_slices * mosaic.direction
    return [(x, y, z) for x, y, z in (first + np.arange(mosaic.count)[:, None] * step).tolist()]
