"""Charts in one look: SVG whose text follows the page's colors, galleries as PNG; the same data give the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.dataset.files import encode_png
from medcurate.errors import MissingExtra
from medcurate.results import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#0b8a7d", "#d9822b", "#6f63c4", "#c8457f", "#4f9d2f", "#3d85c6", "#9a7b1f", "#8a8f98")
"""Told apart in light and dark and by most color-blind readers; the first is real, the second synthetic."""
REAL, SYNTHETIC, FLOOR = COLORS[0], COLORS[1], COLORS[7]

_INK = "#010203"  # stands for the color of the text around the picture
_RASTER_ABOVE = 1500  # points that are drawn as pixels
_GAP = 2  # pixels between the tiles of a gallery


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes
    ----------
    x, y : array_like, shape (n,)
    low, high : array_like, shape (n,), optional
        A band around it, such as a 95 % interval.
    """

    x: ArrayLike
    y: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None


@contextmanager
def style() -> Iterator[None]:
    """Apply the look of the report to what matplotlib draws within the block, and to nothing else.

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from cycler import cycler
    except ImportError as error:
        raise MissingExtra(("matplotlib",), extra="evaluate", purpose="A figure of the report") from error
    ink = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK)
    look: dict[str, Any] = {
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=COLORS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": "medium",
        "font.family": "sans-serif",
        "font.size": 10,
        "grid.alpha": 0.25,
        "grid.color": _INK,
        "legend.frameon": False,
        "legend.fontsize": "small",
        "svg.fonttype": "none",
        "svg.hashsalt": "medcurate",
    }
    every: dict[Any, Any] = {**mpl.rcParamsDefault, "backend": "agg", **ink, **look}
    with mpl.rc_context(every):
        yield


class Chart:
    """One picture with axes to draw on; use it within `style`.

    Parameters
    ----------
    columns, rows : int
        Axes side by side, and one below the other.
    width, height : float
        Of one pair of axes (inches); the page scales the whole to its width.

    Attributes
    ----------
    axes : list of Axes
        Row by row.

    Examples
    --------
    >>> with style():
    ...     chart = Chart()
    ...     _ = chart.axes[0].plot([0, 1], [0, 1])
    ...     chart.figure("fidelity/line", "A line", "It goes up.").kind
    'svg'
    """

    def __init__(self, *, columns: int = 1, rows: int = 1, width: float = 4.8, height: float = 3.0) -> None:
        from matplotlib.figure import Figure as Canvas

        self._canvas = Canvas(figsize=(width * columns, height * rows), layout="constrained")
        made = self._canvas.subplots(rows, columns, squeeze=False)
        self.axes: list[Axes] = list(made.ravel())

    def legend_below(self, **more: Any) -> None:
        """Put the legend of the first axes below the picture, where it covers nothing; `more` is for matplotlib."""
        handles, labels = self.axes[0].get_legend_handles_labels()
        self._canvas.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels)), **more)

    def figure(self, name: str, title: str, caption: str) -> Figure:
        """Return what was drawn, as SVG.

        Parameters
        ----------
        name : str
            Unique within the report, such as ``downstream/dose``.
        title, caption : str
            What is seen and how to read it.
        """
        stream = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        self._canvas.savefig(stream, format="svg", transparent=True, metadata=nothing, dpi=150)
        text = re.sub(r"^.*?(?=<svg)", "", stream.getvalue(), flags=re.DOTALL).replace(_INK, "currentColor")
        return Figure(name, title, caption, text.encode())


def lines_figure(
    name: str,
    title: str,
    caption: str,
    lines: Mapping[str, Line],
    *,
    x_label: str,
    y_label: str,
    level: float | None = None,
    log_x: bool = False,
    log_y: bool = False,
) -> Figure:
    """Draw lines with their bands.

    Parameters
    ----------
    name, title, caption : str
    lines : mapping of str to Line
        By their names in the legend.
    x_label, y_label : str
        With the unit.
    level : float, optional
        A dashed line across, such as chance or no gain.
    log_x, log_y : bool
    """
    with style():
        chart = Chart()
        axes = chart.axes[0]
        for number, (label, line) in enumerate(lines.items()):
            color = COLORS[number % len(COLORS)]
            x = np.asarray(line.x, float)
            axes.plot(x, np.asarray(line.y, float), color=color, label=label, marker="o" if len(x) <= 12 else None)
            if line.low is not None and line.high is not None:
                low, high = np.asarray(line.low, float), np.asarray(line.high, float)
                axes.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0)
        if level is not None:
            axes.axhline(level, color=_INK, linestyle="--", linewidth=1, alpha=0.6)
        axes.set(xlabel=x_label, ylabel=y_label, **({"xscale": "log"} if log_x else {}))
        if log_y:
            axes.set_yscale("log")
        axes.grid(visible=True)
        if len(lines) > 1:
            axes.legend()
        return chart.figure(name, title, caption)


def bars_figure(
    name: str,
    title: str,
    caption: str,
    series: Mapping[str, Sequence[float]],
    *,
    labels: Sequence[str],
    x_label: str,
    intervals: Mapping[str, Sequence[tuple[float, float] | None]] | None = None,
    level: float | None = None,
) -> Figure:
    """Draw horizontal bars, which leave room for long names; several series lie side by side.

    Parameters
    ----------
    name, title, caption : str
    series : mapping of str to sequence of float
        By their names in the legend; one value a label.
    labels : sequence of str
    x_label : str
        What the bars measure, with the unit.
    intervals : mapping of str to sequence of (float, float) or None, optional
        Ends of a whisker for each value of a series.
    level : float, optional
        A dashed line, such as chance.
    """
    thick = 0.8 / max(1, len(series))
    with style():
        chart = Chart(height=max(1.6, 0.9 + 0.26 * len(labels) * len(series)))
        axes = chart.axes[0]
        for number, (label, values) in enumerate(series.items()):
            at = np.arange(len(labels)) + (number - (len(series) - 1) / 2) * thick
            axes.barh(
                at, np.asarray(values, float), height=thick * 0.92, color=COLORS[number % len(COLORS)], label=label
            )
            for place, ends in zip(at.tolist(), (intervals or {}).get(label, ()), strict=False):
                if ends is not None:
                    axes.plot(ends, [place, place], color=_INK, linewidth=1.2)
        if level is not None:
            axes.axvline(level, color=_INK, linestyle="--", linewidth=1, alpha=0.6)
        axes.set_yticks(np.arange(len(labels)), list(labels))
        axes.invert_yaxis()
        axes.set_xlabel(x_label)
        axes.grid(visible=True, axis="x")
        if len(series) > 1:
            chart.legend_below()
        return chart.figure(name, title, caption)


def scatter_figure(
    name: str,
    title: str,
    caption: str,
    points: ArrayLike,
    groups: Sequence[str],
    *,
    x_label: str = "",
    y_label: str = "",
) -> Figure:
    """Draw points colored by group; many points are drawn as pixels within the SVG.

    Parameters
    ----------
    name, title, caption : str
    points : array_like, shape (n, 2)
    groups : sequence of str, shape (n,)
        Colors follow the order in which groups first occur.
    x_label, y_label : str
        Where empty, the axis has no numbers, as for an embedding.
    """
    places = np.asarray(points, float)
    if places.ndim != 2 or places.shape[1] != 2 or len(places) != len(groups):
        raise ValueError(f"expected points of shape (n, 2) with n groups, received {places.shape} and {len(groups)}")
    names = list(dict.fromkeys(groups))
    of = np.array([names.index(group) for group in groups], int)
    with style():
        chart = Chart(height=4.4)
        axes = chart.axes[0]
        for number, label in enumerate(names):
            axes.scatter(
                places[of == number, 0],
                places[of == number, 1],
                s=max(3.0, min(14.0, 9000 / max(1, len(places)))),
                color=COLORS[number % len(COLORS)],
                alpha=0.6,
                linewidths=0,
                label=f"{label} ({int((of == number).sum()):,})",
                rasterized=len(places) > _RASTER_ABOVE,
            )
        axes.set(xlabel=x_label, ylabel=y_label)
        if not x_label:
            axes.set_xticks([])
        if not y_label:
            axes.set_yticks([])
        chart.legend_below(markerscale=2)
        return chart.figure(name, title, caption)


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
