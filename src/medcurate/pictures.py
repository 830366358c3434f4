"""Scale images to fit, center them on black, and lay them out in a grid."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = TypeVar("Pixels", bound=NDArray[Any])
Size = int | tuple[int, int]
"""Height and width (pixels); one number for a square."""


def fit(pixels: Pixels, size: Size, *, pad: bool = False, nearest: bool = False, least: int = 1) -> Pixels:
    """Scale an image to fit a rectangle, keeping its aspect ratio.

    Area averaging for reduction, which avoids aliasing; bilinear for enlargement.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        Returned itself if it has the wanted size.
    size : int or (int, int)
        Height and width of the rectangle (pixels); one number for a square.
    pad : bool
        Center the result on black, so that it fills the rectangle.
    nearest : bool
        Nearest-neighbor interpolation, for masks: no new values appear.
    least : int
        Shortest side of the scaled image (pixels), for very narrow images.
    """
    (high, wide), (height, width) = _sides(size), pixels.shape
    if (height, width) == (high, wide):
        return pixels
    scale = min(high / height, wide / width)
    shape = min(wide, max(least, round(width * scale))), min(high, max(least, round(height * scale)))
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cast("Pixels", cv2.resize(np.ascontiguousarray(pixels), shape, interpolation=method))
    return centered(scaled, size) if pad else scaled


def centered(pixels: Pixels, size: Size) -> Pixels:
    """Center an image on a black rectangle that is at least as large.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    size : int or (int, int)
        Height and width of the rectangle (pixels); one number for a square.
    """
    (high, wide), (height, width) = _sides(size), pixels.shape
    top, left = (high - height) // 2, (wide - width) // 2
    framed = np.zeros((high, wide), pixels.dtype)
    framed[top : top + height, left : left + width] = pixels
    return cast("Pixels", framed)


def grid(
    tiles: NDArray[np.uint8], columns: int, *, gap: int = 0, group: int = 0, fill: int | tuple[int, int, int] = 0
) -> NDArray[np.uint8]:
    """Lay images of one size out row by row, `columns` per row.

    Parameters
    ----------
    tiles : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
    columns : int
        The grid is that wide even if there are fewer tiles.
    gap : int
        Distance between tiles (pixels).
    group : int
        Number of columns that belong together, such as the two images of a pair: the gap after them is four times as
        wide. 0 for none.
    fill : int or tuple of 3 ints
        Gray value or color of gaps and empty places.

    Returns
    -------
    ndarray of uint8, shape (height of grid, width of grid) or (height of grid, width of grid, 3)

    Raises
    ------
    ValueError
        There are no tiles, or they have another type or shape.
    """
    if tiles.ndim not in (3, 4) or not len(tiles) or tiles.dtype != np.uint8:
        raise ValueError(f"expected uint8 tiles of shape (n, height, width[, 3]), received {tiles.dtype} {tiles.shape}")
    n, height, width, *colors = tiles.shape
    left = [k * (width + gap) + (k // group * 3 * gap if group else 0) for k in range(columns)]
    rows = -(-n // columns)
    sheet = np.full((rows * (height + gap) - gap, left[-1] + width, *colors), fill, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top, start = row * (height + gap), left[column]
        sheet[top : top + height, start : start + width] = tile
    return sheet


def _sides(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size
