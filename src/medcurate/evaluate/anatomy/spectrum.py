"""How strong detail is, by its fineness: the power spectrum of a picture, averaged over directions.

Generators that upsample leave peaks and gaps near the finest detail that a picture can hold, and blurred ones lose
power there; the eye finds neither easily.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

SLOPE_FROM, SLOPE_TO = 0.05, 0.4
"""Frequencies between which the slope is fitted (cycles a pixel); 0.5 is the finest detail."""
FINE_FROM = 0.25
"""Frequency from which detail counts as fine (cycles a pixel)."""
_LEAST = 1e-12

Floats = NDArray[np.float64]


def power_spectrum(image: NDArray[np.uint8]) -> Floats:
    """Return the power of each ring of frequencies, as a share of all power.

    The mean is taken out, and a Hann window fades the border, so that the edges of the picture count for nothing.

    Parameters
    ----------
    image : ndarray of uint8, shape (size, size)

    Returns
    -------
    ndarray of float, shape (size // 2,)
        Mean power a frequency in each ring, as `frequencies` lists them; all 0 for a constant picture.
    """
    fade, ring, members = _rings(image.shape[0])
    values = image.astype(np.float64)
    power = np.abs(np.fft.fft2((values - values.mean()) * fade)) ** 2
    total = power.sum()
    rings = np.bincount(ring, power.ravel(), len(members) + 1)[:-1]
    return np.asarray(rings / members / total if total > 0 else np.zeros(len(members)), np.float64)


def frequencies(size: int) -> Floats:
    """Return the middle frequency of each ring (cycles a pixel), shape (size // 2,)."""
    return (np.arange(size // 2) + 0.5) / size


def slope(spectrum: Floats, size: int) -> float:
    """Return how fast power falls with frequency: the exponent of a power law, about -3 for natural pictures.

    NaN for a constant picture.
    """
    at = frequencies(size)
    chosen = (at >= SLOPE_FROM) & (at <= SLOPE_TO) & (spectrum > 0)
    if chosen.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(at[chosen]), np.log(spectrum[chosen]), 1)[0])


def fine_share(spectrum: Floats, size: int) -> float:
    """Return the share of power in the finer half of frequencies; NaN for a constant picture."""
    power = spectrum * _rings(size)[2]
    total = power.sum()
    return float(power[frequencies(size) >= FINE_FROM].sum() / total) if total > 0 else float("nan")


def decibels(spectra: NDArray[np.floating]) -> Floats:
    """Return shares of power in dB; nothing lies below -120."""
    return np.asarray(10 * np.log10(np.maximum(spectra, _LEAST)), np.float64)


@cache
def _rings(size: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return the window, the ring of each frequency (the last one: beyond all rings), and how many each ring has."""
    line = np.hanning(size)
    at = np.fft.fftfreq(size)
    ring = np.minimum((np.hypot(at[:, None], at[None]) * size).astype(np.int64), size // 2).ravel()
    members = np.bincount(ring, minlength=size // 2 + 1)[: size // 2]
    return np.outer(line, line), ring, np.maximum(members, 1).astype(np.float64)
