"""Charts in one look: SVG whose text follows the page's colors, galleries as PNG; the same data give the same bytes."""

from __future__ import annotations

from medcurate.evaluate.charts.bars import bars_figure
from medcurate.evaluate.charts.chart import BASELINE, COLORS, REAL, SYNTHETIC, Chart, style
from medcurate.evaluate.charts.gallery import gallery_figure
from medcurate.evaluate.charts.lines import Line, lines_figure
from medcurate.evaluate.charts.scatter import scatter_figure

__all__ = [
    "BASELINE",
    "COLORS",
    "REAL",
    "SYNTHETIC",
    "Chart",
    "Line",
    "bars_figure",
    "gallery_figure",
    "lines_figure",
    "scatter_figure",
    "style",
]
