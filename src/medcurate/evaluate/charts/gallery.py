"""Images in rows on black."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import encode_png
from medcurate.pictures import grid
from medcurate.results import Figure

_GAP = 2  # pixels between tiles
_BACKGROUND = 24


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
    sheet = grid(tiles, max(1, min(columns, len(tiles))), gap=_GAP, group=group if group > 1 else 0, fill=_BACKGROUND)
    return Figure(name, title, caption, encode_png(sheet), kind="png")
