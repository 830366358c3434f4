"""What a person should look at: the closest pairs side by side, and how likeness is distributed on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.charts import Line, gallery_figure, lines_figure
from medcurate.evaluate.privacy.copy_search import Closest
from medcurate.evaluate.privacy.fingerprints import turn
from medcurate.results import Figure

_PAIRS_A_ROW = 4


def pairs_figure(
    name: str,
    title: str,
    left: str,
    images: Dataset,
    training: Dataset,
    found: Closest,
    *,
    size: int,
    pairs: int,
) -> Figure | None:
    """Lay the closest pairs side by side, the closest first; None where there are none.

    Parameters
    ----------
    left : str
        What the left picture of a pair is, for the caption.
    size : int
        Width and height of a picture (pixels).
    pairs : int
        At most so many.
    """
    order = np.argsort(-found.score, kind="stable")
    rows = order[found.training[order] >= 0][:pairs]
    if not len(rows):
        return None
    lefts = read_pixels(images, size, rows)
    rights = read_pixels(training, size, found.training[rows])
    turned = [turn(picture, int(view)) for picture, view in zip(lefts, found.view[rows], strict=True)]
    tiles = np.stack([picture for pair in zip(turned, rights, strict=True) for picture in pair]).astype(np.uint8)
    equal = int(found.equal[rows].sum())
    caption = (
        f"The {len(rows)} closest pairs, the closest first, row by row: on the left of each {left}, on the right its "
        f"closest training image. Likeness from {found.score[rows[0]]:.3f} down to {found.score[rows[-1]]:.3f}; 1 is a "
        f"copy; {equal} of these pairs are equal gray value by gray value. What was mirrored or turned is shown turned "
        "back. The picture shows training images: it is as confidential as they are."
    )
    return gallery_figure(name, title, caption, tiles, columns=2 * _PAIRS_A_ROW, group=2)


def likeness_figure(synthetic: NDArray[np.float64], held_out: NDArray[np.float64], limit: float, rate: float) -> Figure:
    """Draw the share of images that are at least so alike to a training image, for both sides.

    Parameters
    ----------
    synthetic, held_out : ndarray, shape (n,)
        Likeness to the closest training image.
    limit : float
        Beyond it an image is taken for a copy.
    rate : float
        The share of false alarms that this limit was set for.
    """
    return lines_figure(
        "privacy/likeness",
        "Likeness to the closest training image",
        "Share of images that are at least so alike to a training image. Where the synthetic line lies above the held-"
        f"out one at the right end, there are more near copies than new patients give. An image beyond {limit:.3f} is "
        "taken for a copy; the dashed line is the share of false alarms that this limit was set for.",
        {"held out (patients not seen)": _tail(held_out), "synthetic": _tail(synthetic)},
        x_label="likeness (1 is a copy)",
        y_label="share of images",
        level=rate,
        log_y=True,
    )


def _tail(values: NDArray[np.float64]) -> Line:
    ordered: Sequence[float] = np.sort(values).tolist()
    n = len(ordered)
    places = np.unique(np.linspace(0, n - 1, min(n, 400)).astype(int))
    return Line(np.asarray(ordered)[places], (n - places) / n)
