"""Points colored by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from medcurate.evaluate.charts.chart import COLORS, Chart, style
from medcurate.results import Figure

_RASTER_ABOVE = 1500  # points that are drawn as pixels


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
