"""Images in rows on black."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import encode_png
from medcurate.results import Figure

_GAP = 2  # pixels between the tiles of a gallery


def gallery_figure(
    name: str, title: str, caption: str, tiles: NDArray[np.uint8], *, columns: int, group: int = 1
) -> Figure:
    """Lay images out in rows on black, as a PNG.

    Parameters
    ----------
    name, title, caption : str
        The caption says which image is which: the picture has no text.
    tiles : ndarray of uint8, shape (n, height, width)
        Row by row.
    columns : int
        Tiles a row.
    group : int
        So many columns belong together, such as the two images of a pair: a wider gap follows them.

    Raises
    ------
    ValueError
        There are no tiles, or they are not gray.
    """
    if tiles.ndim != 3 or not len(tiles) or tiles.dtype != np.uint8:
        raise ValueError(f"expected uint8 tiles of shape (n, height, width), received {tiles.dtype} {tiles.shape}")
    height, width = tiles.shape[1:]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    left = [n * (width + _GAP) + (n // group) * (3 * _GAP if group > 1 else 0) for n in range(columns)]
    sheet = np.full((rows * (height + _GAP) - _GAP, left[-1] + width), 24, np.uint8)
    for number, tile in enumerate(tiles):
        top, at = (number // columns) * (height + _GAP), left[number % columns]
        sheet[top : top + height, at : at + width] = tile
    return Figure(name, title, caption, encode_png(sheet), kind="png")
