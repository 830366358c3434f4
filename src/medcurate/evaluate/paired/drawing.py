"""Figures of pairs: their similarity compared with that of two different real images, and the best and worst pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.charts import BASELINE, SYNTHETIC, Chart, gallery_figure, style
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.paired.pairs import ImagePair
from medcurate.evaluate.paired.scores import HEAD, MEASURES, WHOLE
from medcurate.results import Figure

_SHOWN = 12
_ROW = 2  # pairs side by side
_DRAWN = ("psnr", "ssim", "vif")
_SSIM = next(column for column, measure in enumerate(MEASURES) if measure.name == "ssim")

Table = NDArray[np.float64]


def spread_figure(regions: Mapping[str, Table], baseline: Mapping[str, Table]) -> Figure:
    """Draw the distribution of the similarities of pairs, within the head where it was found."""
    region = HEAD if HEAD in regions else WHOLE
    columns = [column for column, measure in enumerate(MEASURES) if measure.name in _DRAWN]
    with style():
        chart = Chart(columns=len(columns), width=3.2, height=2.8)
        for axes, column in zip(chart.axes, columns, strict=True):
            series = {
                "pairs": regions[region][:, column],
                "two different real images": _column(baseline, region, column),
            }
            known = {name: values[np.isfinite(values)] for name, values in series.items()}
            every = np.concatenate(list(known.values()))
            bins = np.linspace(every.min(), every.max() + 1e-9, 31).tolist() if every.size else 30
            for (name, values), color in zip(known.items(), (SYNTHETIC, BASELINE), strict=True):
                if values.size:
                    weights = np.full(values.size, 100 / values.size)
                    axes.hist(values, bins=bins, weights=weights, color=color, alpha=0.6, label=name)
            measure = MEASURES[column]
            axes.set(xlabel=measure.name.upper() + (f" ({measure.unit})" if measure.unit else ""))
        chart.axes[0].set(ylabel="share of pairs (%)")
        chart.axes[0].margins(y=0.3)  # room for the legend
        chart.axes[0].legend()
        return chart.figure(
            "paired/spread",
            "Similarity of each pair",
            f"PSNR, SSIM and VIF of each pair ({region}), beside those of two different real images. Pairs should lie "
            "to the right, clear of them: the more both overlap, the less a synthetic image shows its own patient.",
        )


def image_gallery(sides: Sides, pairs: Sequence[ImagePair], regions: Mapping[str, Table]) -> Figure:
    """Show pairs from the least similar to the most: real, synthetic, and their difference."""
    table = regions.get(HEAD, regions[WHOLE])
    order = np.argsort(np.where(np.isfinite(table[:, _SSIM]), table[:, _SSIM], -np.inf), kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(_SHOWN, len(order))).astype(int))].tolist()
    real = read_pixels(sides.test, sides.size, [pairs[place].real for place in chosen])
    synthetic = read_pixels(sides.synthetic, sides.size, [pairs[place].synthetic for place in chosen])
    return gallery_figure(
        "paired/gallery",
        "Pairs, from the least to the most similar",
        f"{len(chosen)} pairs in threes: the real image, the synthetic one, and their difference (black: none). Row by "
        "row from the lowest SSIM to the highest, evenly spaced among all pairs.",
        in_threes(real, synthetic),
        columns=3 * _ROW,
        group=3,
    )


def volume_gallery(middle: Sequence[NDArray[np.uint8]]) -> Figure:
    """Show the middle slice of some volumes: real, synthetic, and their difference."""
    places = np.unique(np.linspace(0, len(middle) - 1, min(_SHOWN, len(middle))).astype(int)).tolist()
    both = np.stack([middle[place] for place in places])
    return gallery_figure(
        "paired/gallery[3-D]",
        "Middle slices of paired volumes",
        f"{len(places)} pairs in threes: the real volume, the synthetic one, and their difference (black: none).",
        in_threes(both[:, 0], both[:, 1]),
        columns=3 * _ROW,
        group=3,
    )


def in_threes(real: NDArray[np.uint8], synthetic: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return real, synthetic and absolute difference in turns, shape (3 n, height, width)."""
    gap = np.abs(real.astype(np.int16) - synthetic).astype(np.uint8)
    return np.stack([real, synthetic, gap], axis=1).reshape(-1, *real.shape[1:])


def _column(tables: Mapping[str, Table], region: str, column: int) -> Table:
    return tables[region][:, column] if region in tables else np.empty(0)
