"""The pictures of a comparison: samples side by side, and the distance over processor time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.compare.material import Material
from medcurate.compare.rows import Row, mean_of
from medcurate.dataset.files import encode_png
from medcurate.evaluate.charts.lines import Line, lines_figure
from medcurate.pictures import grid
from medcurate.results import Figure

COLUMNS = 8
TILE = 96
_HEAD = 20  # pixels above each row of tiles
_GAP = 3
_BACK, _INK = 24, 225
_FONT = (cv2.FONT_HERSHEY_SIMPLEX, 0.45)

Images = NDArray[np.uint8]


def columns_of(material: Material, most: int = COLUMNS) -> NDArray[np.int64]:
    """Choose held-out images whose labels the columns have: as many of each label as possible, in their order."""
    labels = material.labels
    kinds = list(zip(*labels.values(), strict=True)) if labels else [()] * len(material.held_out)
    names = sorted(set(kinds))
    chosen: list[int] = []
    for number, name in enumerate(names):
        rows = [row for row, kind in enumerate(kinds) if kind == name]
        share = most // len(names) + (number < most % len(names))
        places = np.linspace(0, len(rows) - 1, min(share, len(rows))).astype(int)
        chosen += [rows[place] for place in places.tolist()]
    return np.array(chosen, np.int64)


def column_names(material: Material, columns: NDArray[np.int64]) -> list[str]:
    """Return the labels of each column; empty texts where images have none."""
    labels = material.labels
    return [" ".join(values[column] for values in labels.values()) for column in columns.tolist()]


def samples_figure(tiles: Mapping[str, Images], names: Sequence[str], caption: str) -> Figure:
    """Put the images of each row under its name, with the same labels in the same columns.

    Parameters
    ----------
    tiles : mapping of str to ndarray of uint8, shape (columns, height, width)
    names : sequence of str
        Label of each column.
    """
    strips = []
    for title, images in tiles.items():
        large = np.stack([cv2.resize(one, (TILE, TILE), interpolation=cv2.INTER_CUBIC) for one in images])
        strip = grid(large.astype(np.uint8), len(names), gap=_GAP, fill=_BACK)
        strips += [_text(title, strip.shape[1]), strip]
    if any(names):
        width = strips[0].shape[1]
        head = np.full((_HEAD, width), _BACK, np.uint8)
        for number, name in enumerate(names):
            cv2.putText(head, name[:13], (number * (TILE + _GAP) + 2, 14), _FONT[0], 0.36, _INK, 1, cv2.LINE_AA)
        strips = [head, *strips]
    return Figure("compare/samples", "Samples side by side", caption, encode_png(np.vstack(strips)), kind="png")


def _text(title: str, width: int) -> Images:
    strip = np.full((_HEAD, width), _BACK, np.uint8)
    cv2.putText(strip, title, (2, 14), *_FONT, _INK, 1, cv2.LINE_AA)
    return strip


def curves_figure(rows: Sequence[Row], floor: float | None) -> Figure | None:
    """Draw the Fréchet distance of each family over processor time, the mean of its seeds, from smallest to largest.

    Returns
    -------
    Figure or None
        None where no family has two marks.
    """
    lines = {}
    for name in dict.fromkeys(row.model for row in rows if row.curve):
        curves = [row.curve for row in rows if row.model == name and len(row.curve) > 1]
        if not curves:
            continue
        marks = min(map(len, curves))
        values = np.array([[point[1] for point in curve[-marks:]] for curve in curves])
        seconds = np.array([[point[0] for point in curve[-marks:]] for curve in curves]).mean(axis=0)
        mean = [mean_of(values[:, mark].tolist()).value for mark in range(marks)]
        lines[name] = Line(seconds, mean, values.min(axis=0), values.max(axis=0))
    if not lines:
        return None
    return lines_figure(
        "compare/curves",
        "Fréchet distance over processor time",
        "Mean of the seeds; the band reaches from the best seed to the worst. Dashed: real images against real ones. "
        "Lower is better. A line that still falls says that more time would help.",
        lines,
        x_label="processor time (s)",
        y_label="Fréchet distance",
        level=floor,
        log_y=True,
    )
