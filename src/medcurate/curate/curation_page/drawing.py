"""Thumbnails and charts of the page, each a self-contained piece of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from medcurate.curate.curation_page.histograms import Band
from medcurate.curate.review.thumbnails import displayable
from medcurate.pages.data_uri import data_uri
from medcurate.pictures import fit

QUALITY = 80
_WIDTH, _HEIGHT = 320, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 8, 34


def thumbnail(pixels: NDArray[Any], size: int, *, as_is: bool, aspect: float = 1.0) -> str:
    """Return an image as a ``data:`` URI of a JPEG.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
    size : int
        Width and height of the bounding square (pixels).
    as_is : bool
        Leave 8-bit values unchanged.
    aspect : float
        Height of a pixel over its width.
    """
    small = fit(_squared(displayable(pixels, as_is=as_is), aspect), size)
    done, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"the JPEG encoder refused an image of shape {small.shape}")
    return data_uri(content.tobytes(), "jpeg")


def _squared(pixels: NDArray[np.uint8], aspect: float) -> NDArray[np.uint8]:
    """Stretch an image with non-square pixels along its coarser axis."""
    height, width = pixels.shape
    if not 0.02 < aspect < 50 or abs(aspect - 1) < 0.01:
        return pixels
    shape = (width, round(height * aspect)) if aspect > 1 else (round(width / aspect), height)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), shape, interpolation=cv2.INTER_LINEAR), np.uint8)


def band_chart(band: Band, name: str, title: str) -> Markup:
    """Draw the median of histograms as a line and the central 80 % as a band.

    Parameters
    ----------
    name : str
        Unique within the page.
    title : str
        Text alternative.
    """
    top = max(*band.most, *band.middle, 1e-9)
    peak = band.low + (int(np.argmax(band.middle)) + 0.5) * (band.high - band.low) / len(band.middle)
    description = (
        f"Gray values from {_number(band.low)} to {_number(band.high)} across, share of the pixels upward to "
        f"{top:.1%}. The median of {band.images} images peaks near {_number(peak)}."
    )
    upper, lower = _points(band.most, top), _points(band.least, top)
    base, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    turned = f"rotate(-90 11 {(_TOP + base) / 2:g})"
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}-t {name}-d">',
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>',
        f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>',
        f'<polyline class="line" points="{" ".join(_points(band.middle, top))}"/>',
        f'<path class="axis" d="M{_LEFT} {_TOP}V{base}H{right}"/>',
        _text(_LEFT - 5, _TOP + 9, f"{top:.0%}" if top >= 0.1 else f"{top:.1%}", "end"),
        _text(_LEFT - 5, base, "0", "end"),
        *(
            _text(x, base + 14, _number(value), anchor)
            for x, value, anchor in (
                (_LEFT, band.low, "start"),
                ((_LEFT + right) / 2, (band.low + band.high) / 2, "middle"),
                (right, band.high, "end"),
            )
        ),
        _text((_LEFT + right) / 2, _HEIGHT - 5, "gray value", "middle"),
        f'<text x="11" y="{(_TOP + base) / 2:g}" text-anchor="middle" transform="{turned}">share of pixels</text>',
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - all text in it was escaped


def _points(shares: Sequence[float], top: float) -> list[str]:
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    step = width / len(shares)
    return [f"{_LEFT + (n + 0.5) * step:.1f},{_TOP + height * (1 - share / top):.1f}" for n, share in enumerate(shares)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
