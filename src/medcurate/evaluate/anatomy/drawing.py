"""Figures of gray values, spectra and measures, real against synthetic, and of the images farthest off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.anatomy.measures import MEASURES, Measured
from medcurate.evaluate.anatomy.profiles import in_decibels, mean_and_band
from medcurate.evaluate.anatomy.ranges import RealRange
from medcurate.evaluate.anatomy.settings import AnatomySettings
from medcurate.evaluate.anatomy.spectrum import frequencies
from medcurate.evaluate.charts import REAL, SYNTHETIC, Chart, Line, gallery_figure, lines_figure, style
from medcurate.results import Figure

_SHOWN = 16
_COLUMNS = 8
_ACROSS = 3
_BINS = 28
_GRAYS = 4  # gray values that a point of the histogram holds


def histogram_figure(test: Measured, synthetic: Measured) -> Figure:
    """Draw the mean histograms of gray values within the head."""
    lines = {}
    for name, side in (("real, held out", test), ("synthetic", synthetic)):
        coarse = 100 * side.histograms.reshape(len(side), -1, _GRAYS).sum(axis=2)
        mean, low, high = mean_and_band(coarse)
        lines[name] = Line(np.arange(0, 256, _GRAYS) + _GRAYS / 2, mean, low, high)
    return lines_figure(
        "anatomy/histogram",
        "Gray values within the head",
        "Mean share of the head at four gray values each; the band holds the middle 80 % of images. Both lines should "
        "agree: a shift is another brightness, a missing peak a missing tissue.",
        lines,
        x_label="gray value",
        y_label="share of the head (%)",
    )


def spectrum_figure(test: Measured, synthetic: Measured, size: int) -> Figure:
    """Draw the mean power spectra."""
    lines = {}
    for name, side in (("real, held out", test), ("synthetic", synthetic)):
        mean, low, high = mean_and_band(in_decibels(side.spectra))
        lines[name] = Line(frequencies(size), mean, low, high)
    return lines_figure(
        "anatomy/spectrum",
        "Power spectra",
        "Power of detail by its fineness, right the finest that the picture holds; the band holds the middle 80 % of "
        "images. A line that falls below the real one is blur; bumps at the right are traces of upsampling or noise.",
        lines,
        x_label="frequency (cycles a pixel)",
        y_label="power (dB of all)",
    )


def measures_figure(train: Measured, test: Measured, synthetic: Measured, settings: AnatomySettings) -> Figure:
    """Draw the distribution of every measure, with the real range shaded."""
    shown = [
        column
        for column in range(len(MEASURES))
        if all(np.isfinite(side.values[:, column]).sum() > 1 for side in (train, test, synthetic))
    ]
    with style():
        chart = Chart(columns=_ACROSS, rows=max(1, -(-len(shown) // _ACROSS)), width=2.9, height=2.2)
        for axes, column in zip(chart.axes, shown, strict=False):
            range_ = RealRange.of(train.values[:, column], settings.low, settings.high)
            axes.axvspan(range_.low, range_.high, color=REAL, alpha=0.1, linewidth=0)
            sides = [side.values[:, column][np.isfinite(side.values[:, column])] for side in (test, synthetic)]
            every = np.concatenate(sides)
            bins = np.linspace(every.min(), every.max() + 1e-9, _BINS).tolist()
            for values, color, name in zip(sides, (REAL, SYNTHETIC), ("real, held out", "synthetic"), strict=True):
                weights = np.full(values.size, 100 / values.size)
                axes.hist(values, bins=bins, weights=weights, histtype="step", linewidth=1.6, color=color, label=name)
            axes.set(xlabel=MEASURES[column].title)
        for axes in chart.axes[len(shown) :]:
            axes.set_visible(False)
        if shown:
            chart.axes[0].set(ylabel="share of images (%)")
            chart.axes[0].margins(y=0.35)  # room for the legend
            chart.axes[0].legend()
        return chart.figure(
            "anatomy/measures",
            "Measures of anatomy and texture",
            f"Each measure, real against synthetic. Shaded: the range from the {100 * settings.low:g} % to the "
            f"{100 * settings.high:g} % quantile of real images that are not held out.",
        )


def outliers_figure(
    dataset: Dataset, train: Measured, synthetic: Measured, size: int, settings: AnatomySettings
) -> Figure | None:
    """Show the synthetic images farthest outside the real ranges, worst first; None where all are within."""
    worst = excess(train, synthetic, settings)
    order = np.argsort(-worst, kind="stable")[:_SHOWN]
    chosen = order[worst[order] > 0]
    if not len(chosen):
        return None
    return gallery_figure(
        "anatomy/outliers",
        "Synthetic images farthest outside the real ranges",
        f"{len(chosen)} images, worst first, row by row: how far any one of their measures lies outside the real "
        "range, as a share of that range, decides.",
        read_pixels(dataset, size, chosen),
        columns=_COLUMNS,
    )


def excess(train: Measured, synthetic: Measured, settings: AnatomySettings) -> NDArray[np.float64]:
    """Return how far each image lies outside the real range of its worst measure, in widths of the range; 0 within."""
    found = np.zeros(len(synthetic))
    for column in range(len(MEASURES)):
        range_ = RealRange.of(train.values[:, column], settings.low, settings.high)
        width = range_.high - range_.low
        if width > 0:
            values = synthetic.values[:, column]
            beyond = np.maximum(values - range_.high, range_.low - values) / width
            found = np.maximum(found, np.where(np.isfinite(beyond), beyond, 0))
    return found
