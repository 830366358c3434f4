"""Lines with their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from medcurate.evaluate.charts.chart import COLORS, INK, Chart, style
from medcurate.results import Figure


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
    lines : mapping of str to Line
        By their names in the legend.
    x_label, y_label : str
        With the unit.
    level : float, optional
        A dashed line across, such as chance or no gain.
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
            axes.axhline(level, color=INK, linestyle="--", linewidth=1, alpha=0.6)
        axes.set(xlabel=x_label, ylabel=y_label, **({"xscale": "log"} if log_x else {}))
        if log_y:
            axes.set_yscale("log")
        axes.grid(visible=True)
        if len(lines) > 1:
            axes.legend()
        return chart.figure(name, title, caption)
