"""The look of every chart, and the picture that is drawn on: an SVG whose text takes the color of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medcurate.errors import MissingExtra
from medcurate.results import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#0b8a7d", "#d9822b", "#6f63c4", "#c8457f", "#4f9d2f", "#3d85c6", "#9a7b1f", "#8a8f98")
"""Told apart in light and dark and by most color-blind readers; the first is real, the second synthetic."""
REAL, SYNTHETIC, BASELINE = COLORS[0], COLORS[1], COLORS[7]

INK = "#010203"  # stands for the color of the text around the picture


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
    ink = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    look: dict[str, Any] = {
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=COLORS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": "medium",
        "font.family": "sans-serif",
        "font.size": 10,
        "grid.alpha": 0.25,
        "grid.color": INK,
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
        text = re.sub(r"^.*?(?=<svg)", "", stream.getvalue(), flags=re.DOTALL).replace(INK, "currentColor")
        return Figure(name, title, caption, text.encode())
