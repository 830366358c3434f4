"""Distances between mean gray-value histograms, and between mean power spectra, of two sets of images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.anatomy.distances import Distance, Weights, basic_interval
from medcurate.evaluate.anatomy.spectrum import decibels

Rows = NDArray[np.floating]
Floats = NDArray[np.float64]


def histogram_gap(real: Floats, synthetic: Floats) -> float:
    """Return the Wasserstein distance of two histograms of 256 gray values, in gray values."""
    gap = np.cumsum(real / real.sum()) - np.cumsum(synthetic / synthetic.sum())
    return float(np.abs(gap).sum())


def spectrum_gap(real: Floats, synthetic: Floats) -> float:
    """Return the mean absolute difference of two spectra in dB, each ring counting alike."""
    return float(np.abs(real - synthetic).mean())


def profile_distance(
    real: Rows, synthetic: Rows, gap: Callable[[Floats, Floats], float], weights: tuple[Weights, Weights]
) -> Distance:
    """Return how far the means of two sets of rows are apart.

    Parameters
    ----------
    real, synthetic : ndarray, shape (n, d) and (m, d)
    gap : callable
        `histogram_gap` or `spectrum_gap`.
    weights : tuple of ndarray, shape (rounds, n) and (rounds, m)
    """
    value = gap(_mean(real), _mean(synthetic))
    ours, theirs = (_drawn(rows, weight) for rows, weight in zip((real, synthetic), weights, strict=True))
    return Distance(value, basic_interval(value, [gap(a, b) for a, b in zip(ours, theirs, strict=True)]))


def mean_and_band(rows: Rows, low: float = 0.1, high: float = 0.9) -> tuple[Floats, Floats, Floats]:
    """Return the mean of rows and two quantiles of each column, for a line with a band."""
    ends = np.quantile(rows, [low, high], axis=0)
    return _mean(rows), ends[0], ends[1]


def in_decibels(spectra: Rows) -> Floats:
    """Return spectra in dB, so that their mean is that of what the eye sees in a chart."""
    return decibels(spectra)


def _mean(rows: Rows) -> Floats:
    return np.asarray(rows.mean(axis=0, dtype=np.float64), np.float64)


def _drawn(rows: Rows, weights: Weights) -> Floats:
    """Return the mean of each draw, shape (rounds, d)."""
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    return np.asarray(shares @ rows, np.float64)
