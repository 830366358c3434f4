"""Horizontal bars with whiskers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from medcurate.evaluate.charts.chart import COLORS, INK, Chart, style
from medcurate.results import Figure


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
    series : mapping of str to sequence of float
        By their names in the legend; one value a label.
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
                    axes.plot(ends, [place, place], color=INK, linewidth=1.2)
        if level is not None:
            axes.axvline(level, color=INK, linestyle="--", linewidth=1, alpha=0.6)
        axes.set_yticks(np.arange(len(labels)), list(labels))
        axes.invert_yaxis()
        axes.set_xlabel(x_label)
        axes.grid(visible=True, axis="x")
        if len(series) > 1:
            chart.legend_below()
        return chart.figure(name, title, caption)
